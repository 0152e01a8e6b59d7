// A process of bad clients: `node crowd.ts PORT COUNT slow|bad`. It goes on until it is killed.
import { badClients, persist } from "./bad-clients.ts";
import { slowClients } from "./slow-clients.ts";

const [port = "", count = "", which = ""] = process.argv.slice(2);
const kinds = Object.values(which === "slow" ? slowClients : badClients);

for (let index = 0; index < Number(count); index++) {
  const kind = kinds[index % kinds.length];
  if (kind !== undefined) {
    persist(Number(port), kind);
  }
}
// Whoever started it is gone.
process.on("disconnect", () => process.exit());
