const features = ["driver_declarations", "encrypted_storage", "sms_reminders"];
const headers = { "content-type": "application/json" };

/** A client that writes overrides one after the other, as fast as they are answered, until it is told to stop. */
export class WritingClient {
  /** What was answered other than as it should. */
  readonly failures: string[] = [];
  readonly #url: string;
  readonly #ended: Promise<void>;
  #isStopping = false;
  #revision = 0;
  #acknowledged = 0;
  #onAcknowledged: () => void = () => {};

  constructor(url: string) {
    this.#url = `${url}/api/v1/org-feature-flags:batchUpdate`;
    this.#ended = this.#run();
  }

  /** The last revision that was acknowledged. */
  get revision(): number {
    return this.#revision;
  }

  /** Resolves when so many more writes were acknowledged; rejects where the client has ended. */
  async atLeast(count: number): Promise<void> {
    const enough = this.#acknowledged + count;
    while (this.#acknowledged < enough) {
      const next = new Promise<void>((resolve) => {
        this.#onAcknowledged = resolve;
      });
      const hasEnded = await Promise.race([next.then(() => false), this.#ended.then(() => true)]);
      if (hasEnded) {
        throw new Error(`the client has ended: ${this.failures.join("; ")}`);
      }
    }
  }

  /** Resolves when the write under way is answered. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    await this.#ended;
  }

  async #run(): Promise<void> {
    try {
      for (let number = 0; !this.#isStopping; number++) {
        await this.#write(number);
      }
    } catch (error) {
      this.failures.push(String(error));
    }
  }

  async #write(number: number): Promise<void> {
    const updates = features.map((feature_key, i) => {
      return { org_id: `org${number % 50}`, feature_key, enabled: (number >> 6) % 2 === i % 2 };
    });
    const answer = await fetch(this.#url, { method: "POST", headers, body: JSON.stringify({ updates }) });
    const body = await answer.text();
    if (answer.status !== 200) {
      this.failures.push(`${answer.status} ${body}`);
      return;
    }
    this.#revision = Number(answer.headers.get("orgflags-revision"));
    this.#acknowledged++;
    this.#onAcknowledged();
  }
}
