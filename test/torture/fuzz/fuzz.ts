import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { audit } from "../audit.ts";
import type { Ground } from "../ground.ts";
import { Service } from "../service.ts";
import type { Figures } from "../torture.ts";
import { until } from "../until.ts";
import { Corpus } from "./corpus.ts";
import { disorderlyHttp2Bytes, http2Bytes } from "./http2-bytes.ts";
import { Shooter } from "./shooter.ts";
import { faultOf, type Seen } from "./verdict.ts";
import { http1Bytes, mutate, type WireRequest, withBody } from "./wire-request.ts";

const shooters = 64;
const patienceMs = { bytes: 200, structure: 2000 } as const;
const mostAttempts = 100;
const retryMs = 200;
const reportEvery = 50_000;
const keptForReport = 150;
const keptForMutation = 200;
const megabyte = 1024 * 1024;
// The last 10,000 changes stay in memory, with actors and reasons as long as they may be. A leak of 40 bytes for each of a
// million requests would be more.
const heapAllowance = 32 * megabyte;
const residentAllowance = 128 * megabyte;

/** How requests are made: by bytes, or by structure. */
export type FuzzKind = "bytes" | "structure";

/**
 * Sends requests that are generated from the descriptors, as they are or with their bytes changed, on every lane. The
 * process must live and say nothing on standard error, no answer may be an internal error, and memory must return to
 * where it was after a warm-up of a fifth of the requests.
 */
export async function fuzz(ground: Ground, kind: FuzzKind, count: number): Promise<Figures> {
  const file = join(ground.newFolder(), "orgflags.db");
  // Few organisations in memory, so that those which come and go are none of what is measured.
  const service = new Service(ground, { file, probed: true, flags: ["--max-resident-orgs", "30"] });
  const url = await service.url;
  const sockets = service.sockets;
  const usage = async () => {
    await until("the end of all connections", () => service.sockets <= sockets);
    return service.usage();
  };
  const attack = new Attack(ground, kind, url, service);
  await attack.send(Math.floor(count / 5));
  const before = await usage();
  await attack.send(count - Math.floor(count / 5));
  const after = await usage();
  const grown = { heap: after.heapBytes - before.heapBytes, resident: after.residentBytes - before.residentBytes };
  if (grown.heap > heapAllowance || grown.resident > residentAllowance) {
    throw new Error(`memory grew: ${JSON.stringify({ before, after })}`);
  }
  await service.stop();
  attack.requireQuiet();
  const { changes } = audit(ground, file);
  return {
    seed: ground.random.seed,
    ...attack.figures,
    "changes made": changes,
    "heap before, MiB": mebibytes(before.heapBytes),
    "heap after, MiB": mebibytes(after.heapBytes),
    "resident before, MiB": mebibytes(before.residentBytes),
    "resident after, MiB": mebibytes(after.residentBytes),
  };
}

function mebibytes(bytes: number): number {
  return Math.round((10 * bytes) / megabyte) / 10;
}

class Attack {
  readonly #ground: Ground;
  readonly #kind: FuzzKind;
  readonly #service: Service;
  readonly #url: string;
  readonly #corpus: Corpus;
  readonly #shooters: readonly Shooter[];
  /** What was sent last, for who has to find out what did it. */
  readonly #last: string[] = [];
  readonly #pool: Buffer[] = [];
  readonly #kept: WireRequest[] = [];
  readonly #statuses = new Map<string, number>();
  #sent = 0;

  constructor(ground: Ground, kind: FuzzKind, url: string, service: Service) {
    this.#ground = ground;
    this.#kind = kind;
    this.#url = url;
    this.#service = service;
    this.#corpus = new Corpus(ground.random);
    this.#shooters = Array.from({ length: shooters }, () => new Shooter(url, patienceMs[kind]));
  }

  get figures(): Figures {
    const classes = [...this.#statuses].sort(([a], [b]) => (a < b ? -1 : 1));
    return { requests: this.#sent, ...Object.fromEntries(classes) };
  }

  async send(count: number): Promise<void> {
    const goal = this.#sent + count;
    await Promise.all(
      this.#shooters.map(async (shooter) => {
        while (this.#sent < goal) {
          this.#sent++;
          if (this.#sent % reportEvery === 0) {
            this.#ground.say(`${this.#sent} requests`);
          }
          await this.#shoot(shooter);
          this.requireQuiet();
        }
      }),
    );
    for (const shooter of this.#shooters) {
      shooter.close();
    }
    if ((await fetch(`${this.#url}/readyz`, { headers: { connection: "close" } })).status !== 200) {
      throw new Error("it is not ready any more");
    }
  }

  /** What a request provokes is said to its client, and nothing of it on standard error. */
  requireQuiet(): void {
    // But for the lines of the log of calls.
    if (this.#service.complaints.split("\n").some((line) => line !== "" && !line.endsWith('"msg":"call"}'))) {
      throw new Error(`it complains: ${this.#service.complaints}; ${this.#report()}`);
    }
  }

  async #shoot(shooter: Shooter): Promise<void> {
    const request = this.#next();
    const seen = await (this.#kind === "bytes"
      ? this.#sendMutated(shooter, request)
      : this.#sendWhole(shooter, request));
    const name = seen.status === 0 ? "no answer of HTTP/1.1 or none seen" : `status ${seen.status}`;
    this.#statuses.set(name, (this.#statuses.get(name) ?? 0) + 1);
    const fault = faultOf(seen);
    if (fault !== undefined) {
      throw new Error(`${fault}: ${JSON.stringify(seen).slice(0, 2000)}, for ${show(request)}; ${this.#report()}`);
    }
  }

  /** Another request; where its bytes are to be changed, one may come several times. */
  #next(): WireRequest {
    const { random } = this.#ground;
    if (this.#kind === "bytes" && this.#kept.length === keptForMutation && random.happens(0.8)) {
      return random.oneOf(this.#kept);
    }
    const request = this.#corpus.next();
    this.#kept.push(request);
    if (this.#kept.length > keptForMutation) {
      this.#kept.shift();
    }
    return request;
  }

  #sendWhole(shooter: Shooter, request: WireRequest): Promise<Seen> {
    this.#remember(show(request));
    const isHttp2 = request.lane.startsWith("application/grpc") || this.#ground.random.happens(0.4);
    return isHttp2 ? shooter.sendHttp2(request) : this.#sendBytes(shooter, http1Bytes(request));
  }

  #sendMutated(shooter: Shooter, request: WireRequest): Promise<Seen> {
    const { random } = this.#ground;
    const changed = (bytes: Buffer) => mutate(bytes, random, this.#pool);
    switch (random.below(6)) {
      case 0: {
        // Well framed, so that what is wrong comes as far as what reads the message.
        const whole = withBody(request, changed(request.body));
        this.#remember(show(whole));
        return shooter.sendHttp2(whole);
      }
      case 1:
        return this.#sendBytes(shooter, http1Bytes(withBody(request, changed(request.body))));
      case 2:
        return this.#sendBytes(shooter, changed(http2Bytes([request, this.#next()])));
      case 3:
        return this.#sendBytes(shooter, disorderlyHttp2Bytes([request, this.#next()], random));
      default: {
        const bytes = http1Bytes(request);
        this.#pool.push(bytes);
        if (this.#pool.length > keptForMutation) {
          this.#pool.shift();
        }
        return this.#sendBytes(shooter, changed(bytes));
      }
    }
  }

  async #sendBytes(shooter: Shooter, bytes: Buffer): Promise<Seen> {
    this.#remember(JSON.stringify(bytes.toString("latin1")));
    for (let attempt = 1; ; attempt++) {
      try {
        return await shooter.sendBytes(bytes);
      } catch (error) {
        // This machine may be out of ports for a moment: each connection keeps one for a minute after its end.
        if (attempt === mostAttempts) {
          throw new Error(`it takes no connections (${error}): ${this.#service.complaints}; ${this.#report()}`);
        }
        await delay(retryMs);
      }
    }
  }

  #remember(sent: string): void {
    this.#last.push(sent.slice(0, 4000));
    if (this.#last.length > keptForReport) {
      this.#last.shift();
    }
  }

  /** Keeps what was sent last where it can be looked at later. */
  #report(): string {
    const { seed } = this.#ground.random;
    const file = join(tmpdir(), `orgflags-fuzz-${this.#kind}-${seed}.log`);
    writeFileSync(file, this.#last.join("\n"));
    return `seed ${seed}, after ${this.#sent} requests; the last ones are in ${file}`;
  }
}

function show(request: WireRequest): string {
  return JSON.stringify({ ...request, body: request.body.toString("latin1") });
}
