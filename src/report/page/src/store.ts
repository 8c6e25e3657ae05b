/** A value that others watch. */
export class Store<T> {
  private watchers: ((value: T, before: T) => void)[] = [];
  constructor(private value: T) {}

  get(): T {
    return this.value;
  }

  set(value: T): void {
    const before = this.value;
    this.value = value;
    for (const watcher of this.watchers) watcher(value, before);
  }

  update(change: Partial<T>): void {
    this.set({...this.value, ...change});
  }

  /** Calls `watcher` at every change from now on. */
  watch(watcher: (value: T, before: T) => void): void {
    this.watchers.push(watcher);
  }
}
