export interface Access {
  readonly username: string;
  readonly key: string;
  /** Of the service behind the gateway, or the gateway's own check. */
  readonly url: string;
}

export const SNIPPETS = ['Zapier', 'curl', 'Python', 'PowerShell', 'Excel / Power BI', 'Postman'] as const;
export type SnippetName = (typeof SNIPPETS)[number];

/**
 * Ready to paste, with the real user name, key and address. Keys hold letters, digits and underscores only, and user
 * names no quote but the apostrophe.
 */
export function snippet(name: SnippetName, { username, key, url }: Access): string {
  switch (name) {
    case 'Zapier':
      return `Webhooks by Zapier > Custom Request\nURL              ${url}\nBasic Auth       ${username}|${key}`;
    case 'curl':
      return `curl --user "${username}:${key}" ${url}`;
    case 'Python':
      return `import requests\n\nanswer = requests.get("${url}", auth=("${username}", "${key}"))\nprint(answer.json())`;
    case 'PowerShell':
      return [
        `$password = ConvertTo-SecureString "${key}" -AsPlainText -Force`,
        `$credential = New-Object PSCredential ("${username}", $password)`,
        `Invoke-RestMethod "${url}" -Authentication Basic -Credential $credential`,
      ].join('\n');
    case 'Excel / Power BI':
      return `Data > Get Data > From Web\nURL              ${url}\nSign in with     Basic\nUser name        ${username}\nPassword         ${key}`;
    case 'Postman':
      return `Authorization > Basic Auth\nUsername         ${username}\nPassword         ${key}\nGET              ${url}`;
  }
}
