/* A client on Node's own sockets that asks and does not read for a while: `node late-reader.cjs <port> <ms> <field lines>`. */
const [port, pauseMs, fields = ""] = process.argv.slice(2);
const socket = require("node:net").connect(Number(port), "127.0.0.1");
const pieces = [];
const finish = (end) => {
  const text = Buffer.concat(pieces).toString("latin1");
  const body = text.slice(text.indexOf("\r\n\r\n")).split("x").length - 1;
  console.log(JSON.stringify({ body, end, isWhole: text.endsWith("0\r\n\r\n") }));
  process.exit(0);
};
socket.on("data", (bytes) => pieces.push(bytes));
// What was not read before a reset is still handed out: the error comes behind it.
socket.on("end", () => finish("closed"));
socket.on("error", () => finish("reset"));
socket.pause();
socket.write(`POST /openai/v1/z HTTP/1.1\r\nHost: localhost\r\n${fields}Content-Length: 2\r\n\r\n{}`);
setTimeout(() => socket.resume(), Number(pauseMs));
