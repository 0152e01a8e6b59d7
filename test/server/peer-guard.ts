import type { HandlerContext } from "@connectrpc/connect";
import { FeatureService } from "../../gen/orgflags/v1/feature_pb.ts";
import type { Guard } from "../../src/rpc/guard.ts";
import { type Peer, peerOf } from "../../src/rpc/peer.ts";
import { type Procedure, procedures } from "../../src/rpc/procedure.ts";
import { echo } from "./test-server.ts";

/** The catalogue of the test server; who calls it is noted in the list, and `look` is shown each call. */
export function notePeers(peers: Peer[], look: (context: HandlerContext) => void = () => {}): readonly Procedure[] {
  const guard: Guard = {
    single: (_method, next) => (input, context) => {
      peers.push(peerOf(context));
      look(context);
      return next(input, context);
    },
    stream: (_method, next) => next,
  };
  return procedures(FeatureService, echo, [guard]);
}
