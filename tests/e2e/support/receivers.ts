// Who alerts go to: a receiver of webhooks, and a strict server for mail (`smtp-server`) with TLS of a house of its own.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export type Posted = { headers: IncomingHttpHeaders; body: string };

/** Takes whatever is posted; `answer` says with which status, and may change. */
export async function startReceiver(): Promise<{
  address: string;
  posted: Posted[];
  answer: { status: number };
  stop(): Promise<void>;
}> {
  const posted: Posted[] = [];
  const answer = { status: 204 };
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (piece: string) => (body += piece));
    request.on("end", () => {
      posted.push({ headers: request.headers, body });
      response.writeHead(answer.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/services/T0/hush-hush`,
    posted,
    answer,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

export type Mail = { from: string; to: string[]; user: string | undefined; secure: boolean; text: string };

/** A server for mail that lets nobody in without TLS and the right password, unless `options` say otherwise. */
export async function startMailServer(options: SMTPServerOptions = {}): Promise<{
  port: number;
  authority: string;
  password: string;
  mails: Mail[];
  /** Who said anything beyond the greeting's answer. */
  commands: string[];
  stop(): Promise<void>;
}> {
  const mails: Mail[] = [];
  const commands: string[] = [];
  const house = certificates();
  const password = "correct horse battery staple";
  const server = new SMTPServer({
    key: house.key,
    cert: house.certificate,
    authMethods: ["PLAIN", "LOGIN"],
    disableReverseLookup: true,
    logger: false,
    onAuth: (auth, _session, done) => {
      commands.push(`AUTH ${auth.username}`);
      const isRight = auth.username === "mira" && auth.password === password;
      if (isRight) done(null, { user: auth.username });
      else done(new Error("no such user here"));
    },
    onMailFrom: (address, _session, done) => {
      commands.push(`MAIL ${address.address}`);
      done();
    },
    onData: (stream, session, done) => {
      let text = "";
      stream.setEncoding("utf8");
      stream.on("data", (piece: string) => (text += piece));
      stream.on("end", () => {
        const from = session.envelope.mailFrom;
        mails.push({
          from: from === false ? "" : from.address,
          to: session.envelope.rcptTo.map((it) => it.address),
          user: session.user,
          secure: session.secure,
          text,
        });
        done();
      });
    },
    ...options,
  });
  server.on("error", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    authority: house.authorityFile,
    password,
    mails,
    commands,
    stop: async () => {
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(house.folder, { recursive: true, force: true });
    },
  };
}

/** An authority that no system knows, and a certificate of its for 127.0.0.1. */
function certificates(): { folder: string; key: Buffer; certificate: Buffer; authorityFile: string } {
  const folder = mkdtempSync(join(tmpdir(), "patchbay-mail-"));
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync("openssl", args, { stdio: "ignore" });
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    file("ca.key"),
    "-out",
    file("ca.pem"),
    "-subj",
    "/CN=Our house",
  );
  openssl(
    ...[
      "req",
      "-x509",
      ...key,
      "-keyout",
      file("server.key"),
      "-out",
      file("server.pem"),
      "-subj",
      "/CN=mail",
    ],
    ...["-CA", file("ca.pem"), "-CAkey", file("ca.key")],
    ...["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE"],
  );
  return {
    folder,
    key: readFileSync(file("server.key")),
    certificate: readFileSync(file("server.pem")),
    authorityFile: file("ca.pem"),
  };
}
