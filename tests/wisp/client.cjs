// wisp-js as its users have it, against a relay: TCP there and back with hashes, UDP, and what is refused.
//
// Called with the relay's address of /wisp/ and five targets: ports that echo TCP, that echo UDP, that nobody listens on and
// that ends after one answer, and a host that the policy forbids. Prints one line for each thing that it has seen.

"use strict";
const { createHash } = require("node:crypto");
const ws = require("ws");

const [url, echo, datagrams, closed, server, forbidden] = process.argv.slice(2);

// wisp-js has no way to send a header, so its WebSocket does.
let token = process.env.SOCKSCOPE_TOKEN;
ws.WebSocket = class extends ws.WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { headers: { Authorization: `Bearer ${token}` } });
  }
};
const { client } = require("@mercuryworkshop/wisp-js/client");

function connect() {
  return new Promise((resolve, reject) => {
    const connection = new client.ClientConnection(url);
    connection.onopen = () => resolve(connection);
    connection.onerror = () => reject(new Error("refused"));
  });
}

function ended(stream) {
  return new Promise((resolve) => {
    stream.onclose = (reason) => resolve(reason.toString(16));
  });
}

// Pieces of every size, so that packets and reads never fall together.
async function bulk(connection) {
  const [sent, heard] = [createHash("sha256"), createHash("sha256")];
  let [left, missing] = [24 << 20, 24 << 20];
  const stream = connection.create_stream("127.0.0.1", Number(echo));
  const done = new Promise((resolve, reject) => {
    stream.onclose = (reason) => reject(new Error(`closed with ${reason} and ${missing} bytes missing`));
    stream.onmessage = (bytes) => {
      heard.update(bytes);
      missing -= bytes.length;
      if (missing === 0) resolve();
    };
  });
  for (let round = 1; left > 0; round += 1) {
    const piece = Buffer.alloc(Math.min(left, 1 + ((round * 7919) % 60_000)), round);
    sent.update(piece);
    stream.send(new Uint8Array(piece));
    left -= piece.length;
  }
  await done;
  console.log("bulk", sent.digest("hex") === heard.digest("hex") ? "equal" : "DIFFERENT");
  stream.close(0x02);
}

async function conversation(connection) {
  const stream = connection.create_stream("localhost", Number(server));
  const end = ended(stream);
  stream.onmessage = (bytes) => console.log("answer", Buffer.from(bytes).toString());
  stream.send(new TextEncoder().encode("hello!"));
  console.log("end", await end);
}

async function udp(connection) {
  const stream = connection.create_stream("127.0.0.1", Number(datagrams), "udp");
  for (const text of ["one", "three"]) {
    const answer = new Promise((resolve) => {
      stream.onmessage = resolve;
    });
    stream.send(new TextEncoder().encode(text));
    console.log("datagram", Buffer.from(await answer).toString());
  }
  stream.close(0x02);
}

async function main() {
  const connection = await connect();
  console.log("version", connection.wisp_version, "credit", connection.max_buffer_size);
  await bulk(connection);
  await conversation(connection);
  await udp(connection);
  console.log("nobody", await ended(connection.create_stream("127.0.0.1", Number(closed))));
  console.log("forbidden", await ended(connection.create_stream(forbidden, 80)));
  token = "wrong-wrong-wrong-wrong";
  console.log("without the token", await connect().then(() => "ADMITTED", (error) => error.message));
}

main().then(
  () => process.exit(0),
  (error) => {
    console.log("failed:", error.message);
    process.exit(1);
  },
);
