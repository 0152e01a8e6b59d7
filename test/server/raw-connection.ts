import { once } from "node:events";
import net, { type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** A TCP connection whose bytes a test writes and reads itself. */
export interface RawConnection {
  readonly socket: Socket;
  /** Everything received so far, one character for each byte. */
  received(): string;
  /** Resolves with everything received as soon as it contains the text; rejects if the connection closes before. */
  until(text: string): Promise<string>;
  /** Resolves with everything received when the connection is closed. */
  closed(): Promise<string>;
}

/** Connects and writes the bytes, given as a buffer or with one character for each byte. */
export async function connectRaw(port: number, bytes: string | Buffer = ""): Promise<RawConnection> {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
  onTestFinished(() => void socket.destroy());
  let received = "";
  // A reset is one of the ways for a server to close a connection.
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  const closed = new Promise<string>((resolve) => socket.once("close", () => resolve(received)));
  await once(socket, "connect");
  socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  return {
    socket,
    received: () => received,
    until: (text) =>
      new Promise((resolve, reject) => {
        const look = () => received.includes(text) && resolve(received);
        socket.on("data", look);
        socket.once("close", () =>
          reject(new Error(`closed without ${JSON.stringify(text)}, after ${JSON.stringify(received)}`)),
        );
        look();
      }),
    closed: () => closed,
  };
}
