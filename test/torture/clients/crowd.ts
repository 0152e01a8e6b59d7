// A process of bad clients: `node crowd.ts PORT COUNT`. It goes on until it is killed.
import { badClients, persist } from "./bad-clients.ts";

const [port = "", count = ""] = process.argv.slice(2);
const kinds = Object.values(badClients);

for (let index = 0; index < Number(count); index++) {
  const kind = kinds[index % kinds.length];
  if (kind !== undefined) {
    persist(Number(port), kind);
  }
}
// Whoever started it is gone.
process.on("disconnect", () => process.exit());
