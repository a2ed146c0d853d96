import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const DRIVERS = ['overlay', 'vfs'];

/**
 * Debian's buildah with a storage of this run's own, so that it neither finds nor leaves an image. Needs root, but no
 * service and no container engine.
 */
export class Buildah {
  private constructor(
    private readonly folder: string,
    private readonly driver: string,
  ) {}

  /** @throws the reason of each storage driver if none works here */
  static async open(): Promise<Buildah> {
    const failures: unknown[] = [];
    for (const driver of DRIVERS) {
      // Not below /tmp, which may be a file system on which overlay does not work, or memory.
      const buildah = new Buildah(await mkdtemp('/var/tmp/keyfold-image-'), driver);
      try {
        await buildah.run('from', 'scratch');
        return buildah;
      } catch (error) {
        failures.push(error);
        await buildah.remove();
      }
    }
    throw new AggregateError(failures, 'buildah can store no image here');
  }

  /** What comes before every command. */
  get globalOptions(): readonly string[] {
    const [root, state] = ['root', 'run'].map((name) => join(this.folder, name));
    return ['--root', root ?? '', '--runroot', state ?? '', '--storage-driver', this.driver];
  }

  /** @returns what it wrote to standard output, trimmed */
  async run(...words: readonly string[]): Promise<string> {
    const env = { ...process.env, TMPDIR: this.folder };
    const { stdout } = await run('buildah', [...this.globalOptions, ...words], { env, maxBuffer: 64 << 20 });
    return stdout.trim();
  }

  /** A working container of a local image. @returns its name and where its files are */
  async container(image: string): Promise<{ readonly name: string; readonly root: string }> {
    const name = await this.run('from', '--pull-never', image);
    return { name, root: await this.run('mount', name) };
  }

  async remove(): Promise<void> {
    // Mounts of containers go with them.
    await this.run('rm', '--all').catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true });
  }
}
