import type { Endpoint } from './backend.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** The proxy that the environment names for a URL, as the client libraries choose it. */
export function proxyFor(url: URL, env: Env = process.env): URL | undefined {
  const read = (name: string): string | undefined => env[name] || env[name.toLowerCase()];
  if (isExempt(url, read('NO_PROXY') ?? '')) return undefined;
  const named = read(url.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY') ?? read('ALL_PROXY');
  if (named === undefined) return undefined;
  const text = named.includes('://') ? named : `http://${named}`;
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** `NO_PROXY` lists hosts and domains, with or without a leading dot or a port; `*` is all. */
function isExempt({ hostname, port }: URL, list: string): boolean {
  return list.split(/[\s,]+/).some((entry) => {
    const [, name = '', only] = /^(.*?)(?::(\d+))?$/.exec(entry.replace(/^\*?\./, '')) ?? [];
    if (name === '' || (only !== undefined && only !== port)) return false;
    return name === '*' || hostname === name || hostname.endsWith(`.${name}`);
  });
}

/** Where requests for a URL go first. @param trust How TLS is spoken there. */
export function endpointOf(text: string, trust: Endpoint['tls'] = {}): Endpoint {
  const url = new URL(text);
  const proxy = proxyFor(url);
  if (proxy)
    return {
      host: proxy.hostname,
      port: Number(proxy.port) || (proxy.protocol === 'https:' ? 443 : 80),
      proxy: `the proxy on the way to '${url.host}'`,
    };
  const secure = url.protocol === 'https:';
  return { host: url.hostname, port: Number(url.port) || (secure ? 443 : 80), ...(secure ? { tls: trust } : {}) };
}
