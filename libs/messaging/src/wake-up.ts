/** A pause of a loop that ends early when something happens. A call while nobody waits is lost: look before waiting. */
export class WakeUp {
  private wake: (() => void) | undefined;

  /** Ends the pause, if there is one. */
  readonly call = (): void => {
    this.wake?.();
  };

  /** Resolves after the time, or as soon as it is called. */
  async wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = undefined;
  }
}
