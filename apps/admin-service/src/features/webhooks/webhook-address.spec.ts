import { describe, expect, test } from '@jest/globals';
import { isPublicAddress, isWebhookUrl, webhookUrlRefusal } from './webhook-address.js';

describe('an address that webhooks may go to', () => {
  test.each([
    '127.0.0.1',
    '10.0.0.1',
    '172.16.9.9',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '0.0.0.0',
    '224.0.0.1',
  ])('is not %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
  test.each([
    '::1',
    '::',
    'fe80::1',
    'fc00::1',
    'fd00:ec2::254',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::1',
    'x',
  ])('is not %s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
  test.each(['8.8.8.8', '2606:4700::1111', '::ffff:8.8.8.8'])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });
});

describe('a URL of a webhook', () => {
  test.each([
    'http://example.com/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://[::1]/',
    'https://localhost/',
    'https://a.localhost./',
    'https://metadata.google.internal/',
  ])('is allowed by permission only if it is %s', (url) => {
    expect(isWebhookUrl(url)).toBe(true);
    expect(webhookUrlRefusal(url, false)).not.toBeNull();
    expect(webhookUrlRefusal(url, true)).toBeNull();
  });

  test('is any public one by https', () => {
    expect(webhookUrlRefusal('https://example.com/hooks?a=1', false)).toBeNull();
  });

  test.each([
    '',
    'nonsense',
    '//example.com/',
    'ftp://example.com/',
    'https://user@example.com/',
    'https://example.com/#part',
    ' https://example.com/',
  ])('is never "%s"', (text) => {
    expect(isWebhookUrl(text)).toBe(false);
  });
});
