// The TypeScript SDK 2.x (split packages, both eras of the protocol) behind the OAuth endpoints that it keeps in server-legacy.
// Ours are only the maps behind the SDK's provider interface and a one-button page; every rule of OAuth and MCP is the SDK's.
// Usage, in the folder that holds node_modules: node ts_split_server.mjs PORT
import { randomUUID } from "node:crypto";
import { createRequire } from "node:module";

const need = createRequire(`${process.cwd()}/`);
const { McpServer, createMcpHandler } = need("@modelcontextprotocol/server");
const { toNodeHandler } = need("@modelcontextprotocol/node");
const { createMcpExpressApp } = need("@modelcontextprotocol/express");
const legacy = need("@modelcontextprotocol/server-legacy/auth");
const { z } = need("zod");

const port = Number(process.argv[2]);
const origin = `http://localhost:${port}`;
const resource = new URL(`${origin}/mcp`);
const clients = new Map();
const tickets = new Map();
const codes = new Map();
const tokens = new Map(); // access or refresh token -> { kind, clientId, scopes, resource, expiresAt, grant }

function pair(clientId, { scopes, resource, grant }) {
  const [access_token, refresh_token] = [randomUUID(), randomUUID()];
  const same = { clientId, scopes, resource, grant };
  tokens.set(access_token, { ...same, kind: "access", expiresAt: Math.floor(Date.now() / 1000) + 900 });
  tokens.set(refresh_token, { ...same, kind: "refresh" });
  return { access_token, refresh_token, token_type: "bearer", expires_in: 900, scope: scopes.join(" ") };
}

function found(token, kind, refusal) {
  const known = tokens.get(token);
  if (known?.kind !== kind) throw refusal;
  return known;
}

const provider = {
  clientsStore: {
    getClient: (id) => clients.get(id),
    registerClient: (client) => (clients.set(client.client_id, client), client),
  },
  async authorize(client, params, response) {
    const ticket = randomUUID();
    tickets.set(ticket, { client, params });
    response.redirect(`/login?ticket=${ticket}`);
  },
  async challengeForAuthorizationCode(_client, code) {
    if (!codes.has(code)) throw new legacy.InvalidGrantError("unknown code");
    return codes.get(code).params.codeChallenge;
  },
  async exchangeAuthorizationCode(client, code) {
    const { params } = codes.get(code);
    codes.delete(code);
    return pair(client.client_id, { scopes: params.scopes ?? [], resource: params.resource, grant: randomUUID() });
  },
  async exchangeRefreshToken(client, token) {
    const known = found(token, "refresh", new legacy.InvalidGrantError("unknown refresh token"));
    tokens.delete(token);
    return pair(client.client_id, known);
  },
  async verifyAccessToken(token) {
    return { token, ...found(token, "access", new legacy.InvalidTokenError("unknown token")) };
  },
  async revokeToken(_client, { token }) {
    const grant = tokens.get(token)?.grant;
    for (const [name, known] of tokens) if (known.grant === grant) tokens.delete(name);
  },
};

const app = createMcpExpressApp();
app.use(legacy.mcpAuthRouter({ provider, issuerUrl: new URL(origin), resourceServerUrl: resource, scopesSupported: ["tools"] }));
app.get("/login", (_request, response) => {
  response.send('<!doctype html><title>Sign in</title><link rel="icon" href="data:,"><form method="post"><button>Allow</button></form>');
});
app.post("/login", (request, response) => {
  const ticket = tickets.get(request.query.ticket);
  tickets.delete(request.query.ticket);
  const code = randomUUID();
  codes.set(code, ticket);
  const back = new URL(ticket.params.redirectUri);
  back.searchParams.set("code", code);
  if (ticket.params.state !== undefined) back.searchParams.set("state", ticket.params.state);
  back.searchParams.set("iss", ticket.params.issuer); // the SDK adds it only to its own redirects
  response.redirect(back.href);
});

const mcp = toNodeHandler(
  createMcpHandler(() => {
    const server = new McpServer({ name: "interop", version: "1.0.0" });
    server.registerTool("add", { description: "Add two numbers.", inputSchema: z.object({ a: z.number(), b: z.number() }) }, ({ a, b }) => ({
      content: [{ type: "text", text: String(a + b) }],
    }));
    return server;
  }),
);
const resourceMetadataUrl = legacy.getOAuthProtectedResourceMetadataUrl(resource);
app.all("/mcp", legacy.requireBearerAuth({ verifier: provider, requiredScopes: ["tools"], resourceMetadataUrl }), (request, response) =>
  mcp(request, response, request.body),
);
app.listen(port, "localhost");
