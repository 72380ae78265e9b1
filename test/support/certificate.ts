/** @module A self-signed certificate for 127.0.0.1 and localhost, made anew for each test run. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** PEM texts; `cert` is at once the CA that a client has to trust. */
export type Certificate = { readonly key: string; readonly cert: string };

/** Needs the openssl program. */
export async function createCertificate(): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), "modeltap-cert-"));
  try {
    const keyPath = join(folder, "key.pem");
    const certPath = join(folder, "cert.pem");
    const request = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" ");
    const names = ["-subj", "/CN=modeltap test", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
    const made = Bun.spawn(["openssl", ...request, ...names, "-keyout", keyPath, "-out", certPath], {
      stdout: "ignore",
      stderr: "pipe",
    });
    if ((await made.exited) !== 0) throw new Error(`openssl failed: ${await new Response(made.stderr).text()}`);
    return { key: await readFile(keyPath, "utf8"), cert: await readFile(certPath, "utf8") };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
