/** The values of a page of metrics. */
export class Scrape {
  /** The type of each metric, by its name. */
  readonly types = new Map<string, string>();
  readonly #values = new Map<string, number>();

  /** Throws for a line that is not of the text format, and for a value that is there twice or of no metric. */
  constructor(text: string) {
    for (const line of text.trimEnd().split("\n")) {
      this.#read(line);
    }
  }

  /** The sum of the values of a name that have all of these labels; undefined where there is none. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number | undefined {
    const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
    const found = [...this.#values].filter(([key]) => {
      const [own, rest = ""] = key.split("{");
      return own === name && wanted.every((pair) => rest.includes(pair));
    });
    return found.length === 0 ? undefined : found.reduce((sum, [, value]) => sum + value, 0);
  }

  #read(line: string): void {
    const [, name = "", type] = /^# TYPE (\w+) (counter|gauge|histogram)$/.exec(line) ?? [];
    if (type !== undefined) {
      this.types.set(name, type);
      return;
    }
    if (/^# HELP \w+ .+\.$/.test(line)) {
      return;
    }
    const [, key = "", number = ""] = /^(\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})?) (\S+)$/.exec(line) ?? [];
    const value = Number(number);
    if (key === "" || Number.isNaN(value) || this.#values.has(key) || !this.#isDescribed(key)) {
      throw new Error(`no line of metrics: ${line}`);
    }
    this.#values.set(key, value);
  }

  #isDescribed(key: string): boolean {
    const [name = ""] = key.split("{");
    const whole = name.replace(/_(?:bucket|sum|count)$/, "");
    return this.types.has(name) || this.types.get(whole) === "histogram";
  }
}

/** Reads the metrics of a service. */
export async function scrape(url: string): Promise<Scrape> {
  const answer = await fetch(`${url}/metrics`);
  if (answer.status !== 200) {
    throw new Error(`/metrics answered ${answer.status}: ${await answer.text()}`);
  }
  return new Scrape(await answer.text());
}
