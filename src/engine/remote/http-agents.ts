import * as http from 'node:http';
import * as https from 'node:https';
import { ProxyAgent } from 'proxy-agent';

/** Connections of one store, kept between requests. */
export interface HttpAgents {
  readonly http: http.Agent;
  readonly https: https.Agent;
  /** Ends the connections that are open. */
  destroy(): void;
}

export interface HttpAgentsOptions {
  readonly maxSockets: number;
  /** Authorities to trust instead of the system's: PEM. */
  readonly ca?: string;
  /** False where certificates are not checked. */
  readonly verify?: boolean;
  /** To show to the server: PEM. */
  readonly cert?: string;
  readonly key?: string;
}

/** How long a connection may wait for the next request, in milliseconds: most servers end it after a minute. */
const KEEP_ALIVE_MS = 30_000;

/** Goes through the proxy that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name, where they name one. */
export function makeHttpAgents({ maxSockets, ca, verify = true, cert, key }: HttpAgentsOptions): HttpAgents {
  const options = {
    keepAlive: true,
    keepAliveMsecs: KEEP_ALIVE_MS,
    maxSockets,
    noDelay: true,
    scheduling: 'lifo' as const,
  };
  const tls = {
    ...options,
    rejectUnauthorized: verify,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
  if (!hasProxy()) {
    const [plain, secure] = [new http.Agent(options), new https.Agent(tls)];
    const destroy = (): void => {
      plain.destroy();
      secure.destroy();
    };
    return { http: plain, https: secure, destroy };
  }
  const agent = new ProxyAgent(tls) as unknown as https.Agent; // It is one for both.
  return { http: agent, https: agent, destroy: () => agent.destroy() };
}

const hasProxy = (env = process.env): boolean =>
  ['http_proxy', 'https_proxy', 'all_proxy'].some((name) => env[name] || env[name.toUpperCase()]);
