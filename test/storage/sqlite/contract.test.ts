import { join } from "node:path";
import { SqliteStore } from "../../../src/storage/sqlite/store.ts";
import { verifyFile } from "../../../src/storage/sqlite/verify/verification.ts";
import { temporaryFolder } from "../../temporary-folder.ts";
import { audienceContract } from "../audience-contract.ts";
import { conditionContract } from "../condition-contract.ts";
import { historyContract } from "../history-contract.ts";
import { logProperty } from "../log-property.ts";
import { revertContract } from "../revert-contract.ts";
import { scopeContract } from "../scope-contract.ts";
import { storeContract } from "../store-contract.ts";
import type { StoreUnderTest } from "../store-under-test.ts";
import { timeContract } from "../time-contract.ts";

const sqlite: StoreUnderTest = {
  place: () => join(temporaryFolder(), "orgflags.db"),
  open: (file, { catalogue, clock }) => SqliteStore.open({ file, catalogue, clock }),
  findings: (file) => verifyFile(file).findings,
};

for (const contract of [
  storeContract,
  timeContract,
  conditionContract,
  revertContract,
  historyContract,
  audienceContract,
  scopeContract,
  logProperty,
]) {
  contract("sqlite", sqlite);
}
