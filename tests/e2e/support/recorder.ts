// Stands before a server on loopback, passes everything on unchanged and remembers the refresh tokens it answered with, so
// that a test can revoke what only the app was given.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export type Recorder = {
  readonly port: number;
  /** In the order they were issued. */
  readonly refreshTokens: readonly string[];
  stop(): Promise<void>;
};

/** Headers that belong to one leg of the way only. */
const OF_ONE_LEG = new Set([
  "connection",
  "content-encoding",
  "content-length",
  "keep-alive",
  "transfer-encoding",
]);

export async function startRecorder(target: string): Promise<Recorder> {
  const refreshTokens: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const { host: _, ...headers } = request.headers as Record<string, string>;
    for (const name of OF_ONE_LEG) delete headers[name];
    const answer = await fetch(target + (request.url ?? "/"), {
      method: request.method ?? "GET",
      headers,
      body: chunks.length > 0 ? Buffer.concat(chunks) : null,
      redirect: "manual",
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (answer.headers.get("content-type")?.includes("json")) {
      const token = JSON.parse(body.toString() || "{}").refresh_token;
      if (typeof token === "string") refreshTokens.push(token);
    }
    response.statusCode = answer.status;
    for (const [name, value] of answer.headers) if (!OF_ONE_LEG.has(name)) response.appendHeader(name, value);
    response.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    refreshTokens,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
