import { codeCount, codeName } from "./code-name.ts";
import { Histogram } from "./histogram.ts";
import { laneCount, laneName } from "./lanes.ts";
import type { Sample } from "./metric.ts";

// From an answer out of memory to a write that waits for a slow disk, in seconds.
const durationBounds = [0.00001, 0.0001, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** What `begin` says of a call that is not timed. */
const untimed = -1;

/** What is counted: a method of a service, or what stands for one. */
export interface CallName {
  readonly service: string;
  readonly method: string;
}

/**
 * Counts the calls of one method, by lane and code. To count a call is to add to a number in an array: labels are made
 * when somebody looks. To ask for the time takes several times as long as all else here, so of the calls of a method
 * without side effects one in some is timed, whatever it comes to; of others each one is.
 */
export class CallCounts {
  /** `package.Service/Method`. */
  readonly procedure: string;
  /** Whether calls may change something. */
  readonly hasEffects: boolean;
  readonly #name: CallName;
  readonly #byLaneAndCode = new Float64Array(laneCount * codeCount);
  readonly #durations = Array.from({ length: laneCount }, () => new Histogram(durationBounds));
  /** By lane; NaN for one that never had a stream. */
  readonly #open = new Float64Array(laneCount).fill(Number.NaN);
  readonly #oneTimedOf: number;
  #untilTimed = 1;

  constructor(name: CallName, hasEffects: boolean, oneTimedOf: number) {
    this.procedure = `${name.service}/${name.method}`;
    this.hasEffects = hasEffects;
    this.#name = name;
    this.#oneTimedOf = hasEffects ? 1 : oneTimedOf;
  }

  /** What `end` is to be told when the call is over. */
  begin(): number {
    this.#untilTimed -= 1;
    if (this.#untilTimed > 0) {
      return untimed;
    }
    this.#untilTimed = this.#oneTimedOf;
    return performance.now();
  }

  /** Counts a call, and says how many milliseconds it took where it was timed. */
  end(lane: number, code: number, began: number): number | undefined {
    this.count(lane, code);
    if (began === untimed) {
      return undefined;
    }
    const ms = performance.now() - began;
    this.#durations[lane]?.observe(ms / 1000);
    return ms;
  }

  /** Counts a call of which it does not matter how long it took. */
  count(lane: number, code: number): void {
    const place = lane * codeCount + code;
    this.#byLaneAndCode[place] = (this.#byLaneAndCode[place] ?? 0) + 1;
  }

  /** Notes that a stream has opened (1) or ended (-1). */
  addOpen(lane: number, more: 1 | -1): void {
    this.#open[lane] = (this.#open[lane] || 0) + more;
  }

  /** How many calls there were, by lane and code; nothing of what never was. */
  requestSamples(): readonly Sample[] {
    return [...this.#byLaneAndCode].flatMap((value, place) => {
      const lane = laneName(Math.floor(place / codeCount));
      return value === 0 ? [] : [{ labels: { ...this.#name, lane, code: codeName(place % codeCount) }, value }];
    });
  }

  /** How long those took that were timed, by lane, in seconds. */
  durationSamples(): readonly Sample[] {
    return this.#durations.flatMap((durations, lane) => durations.samples(this.#labels(lane)));
  }

  /** How many streams are open, by lane. */
  openSamples(): readonly Sample[] {
    return [...this.#open].flatMap((value, lane) =>
      Number.isNaN(value) ? [] : [{ labels: this.#labels(lane), value }],
    );
  }

  #labels(lane: number) {
    return { ...this.#name, lane: laneName(lane) };
  }
}
