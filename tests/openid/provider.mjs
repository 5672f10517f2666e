// A real provider of OpenID Connect for tests: an issuer on this machine with one client, whose people sign in by name
// alone. What tests change while it runs: the people, and the keys, by POST to /_test.
import { createServer } from "node:http";
import { generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const { PORT, CLIENT_ID, CLIENT_SECRET, REDIRECT_URI } = process.env;
const issuer = `http://127.0.0.1:${PORT}`;
const people = new Map();

function key(kid) {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { ...privateKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" };
}

function provider(kid) {
  const made = new Provider(issuer, {
    clients: [{ client_id: CLIENT_ID, client_secret: CLIENT_SECRET, redirect_uris: [REDIRECT_URI] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"] },
    cookies: { keys: ["of the tests"] },
    jwks: { keys: [key(kid)] },
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_, sub) => {
      const person = people.get(sub);
      return person && { accountId: sub, claims: () => ({ sub, ...person }) };
    },
    ttl: { AccessToken: 60, AuthorizationCode: 60, IdToken: 60, Interaction: 600, Grant: 600, Session: 600 },
  });
  return made;
}

let current = provider("first");

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts).toString();
}

async function interact(request, response) {
  if (request.method === "GET") {
    response.setHeader("Content-Type", "text/html");
    response.end(`<!doctype html><html lang="en"><title>Provider</title><form method="post">
      <label>Who are you? <input name="sub"></label><button>Say so</button>
      <button name="abort" value="yes">Not now</button></form></html>`);
    return;
  }
  const said = new URLSearchParams(await body(request));
  const { uid, params, session } = await current.interactionDetails(request, response);
  if (said.get("abort")) {
    await current.interactionFinished(request, response, { error: "access_denied" });
    return;
  }
  const accountId = said.get("sub") || session?.accountId;
  const grant = new current.Grant({ accountId, clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const grantId = await grant.save();
  await current.interactionFinished(request, response, { login: { accountId }, consent: { grantId } });
}

createServer(async (request, response) => {
  try {
    if (request.url === "/_test") {
      const said = JSON.parse(await body(request));
      for (const [sub, person] of Object.entries(said.people ?? {})) people.set(sub, person);
      if (said.kid) current = provider(said.kid);
      response.end("{}");
    } else if (request.url.startsWith("/interaction/")) {
      await interact(request, response);
    } else {
      await current.callback()(request, response);
    }
  } catch (error) {
    response.statusCode = 500;
    response.end(String(error));
  }
}).listen(Number(PORT), "127.0.0.1");
