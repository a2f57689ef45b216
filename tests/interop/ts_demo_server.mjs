// The TypeScript SDK 1.x with the in-memory OAuth provider of its examples: an authorization server and an MCP server on two ports.
// It is the SDK's own example "simpleStreamableHttp --oauth" without its many tools. Every rule of OAuth and MCP is the SDK's.
// Usage, in the folder that holds node_modules: node ts_demo_server.mjs PORT AUTHORIZATION_PORT
import { createRequire } from "node:module";

const need = createRequire(`${process.cwd()}/`);
const sdk = "@modelcontextprotocol/sdk";
const { setupAuthServer } = need(`${sdk}/examples/server/demoInMemoryOAuthProvider.js`);
const { requireBearerAuth } = need(`${sdk}/server/auth/middleware/bearerAuth.js`);
const { getOAuthProtectedResourceMetadataUrl, mcpAuthMetadataRouter } = need(`${sdk}/server/auth/router.js`);
const { createMcpExpressApp } = need(`${sdk}/server/express.js`);
const { McpServer } = need(`${sdk}/server/mcp.js`);
const { StreamableHTTPServerTransport } = need(`${sdk}/server/streamableHttp.js`);
const { z } = need("zod");

const [port, authorizationPort] = process.argv.slice(2).map(Number);
const mcpServerUrl = new URL(`http://localhost:${port}/mcp`);
const authServerUrl = new URL(`http://localhost:${authorizationPort}`);
const oauthMetadata = setupAuthServer({ authServerUrl, mcpServerUrl, strictResource: true });

// the example asks /introspect of its authorization server for every token; this is that code
const verifier = {
  async verifyAccessToken(token) {
    const answer = await fetch(oauthMetadata.introspection_endpoint, {
      method: "POST",
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams({ token }).toString(),
    });
    if (!answer.ok) throw new Error(`Invalid or expired token: ${await answer.text()}`);
    const { client_id, scope, exp, aud } = await answer.json();
    return { token, clientId: client_id, scopes: scope ? scope.split(" ") : [], expiresAt: exp, resource: new URL(aud) };
  },
};

const app = createMcpExpressApp();
app.use(mcpAuthMetadataRouter({ oauthMetadata, resourceServerUrl: mcpServerUrl, scopesSupported: ["mcp:tools"], resourceName: "interop" }));
const resourceMetadataUrl = getOAuthProtectedResourceMetadataUrl(mcpServerUrl);
app.all("/mcp", requireBearerAuth({ verifier, requiredScopes: [], resourceMetadataUrl }), async (request, response) => {
  const server = new McpServer({ name: "interop", version: "1.0.0" });
  server.registerTool("add", { description: "Add two numbers.", inputSchema: { a: z.number(), b: z.number() } }, ({ a, b }) => ({
    content: [{ type: "text", text: String(a + b) }],
  }));
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  response.on("close", () => void transport.close());
  await server.connect(transport);
  await transport.handleRequest(request, response, request.body);
});
app.listen(port, "localhost");
