// A record that people sign in to by proof: its settings, its server, and a browser of fetch with cookies of its own.
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { spawn, spawnSync } from "node:child_process";

export const OPOR = process.env.OPOR ?? path.join(import.meta.dirname, "../../target/debug/opor");

/** A port that nobody listens on. */
export async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export class Live {
  constructor(port, settings) {
    this.data = fs.mkdtempSync(path.join(os.tmpdir(), "opor-live-"));
    this.port = port;
    this.portal = `http://localhost:${port}`;
    this.config = path.join(this.data, "opor.toml");
    fs.writeFileSync(
      path.join(this.data, "directory.toml"),
      '[[place]]\nid = "harbourview"\nname = "Harbourview Clinic"\nkind = "clinic"\n',
    );
    fs.writeFileSync(
      this.config,
      `data = "${this.data}"\nhttp = "127.0.0.1:${port}"\nmllp = "127.0.0.1:0"\n\n[sign_in]\nportal = "${this.portal}"\n${settings}`,
    );
  }

  /** The mails that were handed over to the house's own server, the latest last. */
  mails() {
    const folder = path.join(this.data, "mail-out/new");
    const all = fs.existsSync(folder) ? fs.readdirSync(folder).map((name) => path.join(folder, name)) : [];
    const at = (file) => fs.statSync(file).mtimeMs;
    return all.sort((a, b) => at(a) - at(b)).map((file) => fs.readFileSync(file, "utf8"));
  }

  /** What is found in the latest mail to an address; waits until it was handed over. */
  async mailed(address, what) {
    for (let n = 0; n < 300; n += 1) {
      const found = this.mails().reverse().filter((mail) => mail.startsWith(`To: ${address}`)).map((mail) => mail.match(what)).find(Boolean);
      if (found) return found[0];
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`no mail to ${address} says ${what}`);
  }

  /** A subcommand on the data folder, while no server runs. */
  account(what, ...more) {
    const run = spawnSync(OPOR, ["account", what, "--data", this.data, ...more], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`opor account ${what}: ${run.stderr}`);
    return run.stdout.trim().split(" ").at(-1);
  }

  /** What the server says when it will not start. */
  refuses(...more) {
    const run = spawnSync(OPOR, ["serve", "--config", this.config, ...more], { encoding: "utf8", timeout: 20_000 });
    return run.status === 0 ? undefined : run.stderr;
  }

  async start() {
    this.server = spawn(OPOR, ["serve", "--config", this.config], { stdio: ["ignore", "pipe", "pipe"] });
    this.log = "";
    this.server.stderr.on("data", (text) => (this.log += text));
    await new Promise((resolve, reject) => {
      this.server.stdout.on("data", (text) => {
        const said = String(text).match(/listening .*mllp=(\S+)/);
        if (said) (([, this.mllp] = said), resolve());
      });
      this.server.on("exit", (code) => reject(new Error(`opor ended with ${code}: ${this.log}`)));
    });
  }

  async stop() {
    const ended = new Promise((resolve) => this.server.on("exit", resolve));
    this.server.kill("SIGTERM");
    await ended;
  }

  remove() {
    fs.rmSync(this.data, { recursive: true, force: true });
  }
}

/** A browser without pages: it keeps cookies by host and follows redirects, each seen. */
export class Browser {
  constructor() {
    this.jar = new Map();
    this.went = [];
  }

  async ask(url, options = {}) {
    const { host } = new URL(url);
    const kept = this.jar.get(host) ?? new Map();
    this.jar.set(host, kept);
    const cookie = [...kept].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(url, { ...options, redirect: "manual", headers: { ...options.headers, ...(cookie ? { cookie } : {}) } });
    for (const line of answer.headers.getSetCookie()) {
      const [pair] = line.split(";");
      const at = pair.indexOf("=");
      if (/max-age=0|expires=thu, 01 jan 1970/i.test(line)) kept.delete(pair.slice(0, at));
      else kept.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return answer;
  }

  /** Goes there and wherever it leads; `until` stops before an address is asked. */
  async go(url, until = () => false) {
    for (let hop = 0; hop < 20; hop += 1) {
      this.went.push(url);
      const answer = await this.ask(url);
      const to = answer.headers.get("location");
      if (answer.status < 300 || answer.status > 399 || !to) return { status: answer.status, text: await answer.text(), url };
      url = new URL(to, url).href;
      if (until(url)) return { status: 0, text: "", url };
    }
    throw new Error(`no end of redirects from ${this.went.at(-1)}`);
  }
}
