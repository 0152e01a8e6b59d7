import { setImmediate as turn } from "node:timers/promises";
import type { Watch, WatchEvent } from "../flags/watch-event.ts";

type Result = IteratorResult<WatchEvent, undefined>;

// What one burst may hold at the most.
const maxEvents = 10_000;

/**
 * Hands out the events of a watch in bursts: each is what is there when it is asked for, one event at the least. Ends
 * as the watch does; what waits for an event is ended by the signal of the watch.
 */
export async function* bursts(watch: Watch): AsyncGenerator<readonly WatchEvent[], undefined, undefined> {
  try {
    let pulled = watch.next();
    let result: Result | undefined = await pulled;
    while (result?.done !== true) {
      const events: WatchEvent[] = [];
      while (result !== undefined && result.done !== true && events.length < maxEvents) {
        events.push(result.value);
        pulled = watch.next();
        result = await atHand(pulled);
      }
      yield events;
      result = await pulled;
    }
    return undefined;
  } finally {
    await watch.return();
  }
}

/** What is pulled, if it comes in this turn of the event loop; a failure is left to who awaits it. */
function atHand(pulled: Promise<Result>): Promise<Result | undefined> {
  return Promise.race([pulled.catch(() => undefined), turn(undefined)]);
}
