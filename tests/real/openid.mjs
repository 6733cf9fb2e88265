// oidc-provider, a certified OpenID provider, on loopback: PORT, LIFETIME (of access tokens, in seconds) and a directory of its own.
// It keeps its tokens in a file, as a server that was killed would. `POST /login/CLIENT` logs alice in, by authorization code and PKCE.
// Alice consents to everything unseen; with PAGES=own the package's own pages ask. DEVICE: how long a device code lives, in seconds.
import { createHash, createPrivateKey, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { SignJWT, createRemoteJWKSet, jwtVerify } from 'jose';
import { Provider, interactionPolicy } from 'oidc-provider';

const port = Number(process.env.PORT);
const issuer = `http://127.0.0.1:${port}`;
const redirect = 'http://127.0.0.1:7777/callback';
const resource = `${issuer}/mcp`;
const pages = process.env.PAGES === 'own';

const kept = existsSync('tokens.json') ? JSON.parse(readFileSync('tokens.json')) : {};
function save() {
  writeFileSync('tokens.new', JSON.stringify(kept));
  renameSync('tokens.new', 'tokens.json');
}

class Files {
  constructor(model) { this.model = model; }
  key(id) { return `${this.model}:${id}`; }
  async upsert(id, payload, seconds) {
    kept[this.key(id)] = { payload, expires: seconds ? Date.now() + seconds * 1000 : Infinity };
    save();
  }
  async find(id) {
    const found = kept[this.key(id)];
    return found && (found.expires ?? Infinity) > Date.now() ? found.payload : undefined;
  }
  async findByUid(uid) { return this.search((payload) => payload.uid === uid); }
  async findByUserCode(code) { return this.search((payload) => payload.userCode === code); }
  search(test) {
    const [, found] = Object.entries(kept).find(([key, one]) => key.startsWith(`${this.model}:`) && test(one.payload)) ?? [];
    return found?.payload;
  }
  async consume(id) {
    kept[this.key(id)].payload.consumed = Math.floor(Date.now() / 1000);
    save();
  }
  async destroy(id) {
    delete kept[this.key(id)];
    save();
  }
  async revokeByGrantId(grant) {
    for (const [key, one] of Object.entries(kept)) if (one.payload.grantId === grant) delete kept[key];
    save();
  }
}

// The private key of a client is left where that client finds it.
if (!existsSync('client.pem')) {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync('client.pem', privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  writeFileSync('client.json', JSON.stringify(publicKey.export({ format: 'jwk' })));
}

// Each character that a form encodes.
const secret = 'canary s3:cr3t/+=%&~ of 32 bytes and more';
const client = (method, more) => ({
  client_id: method, token_endpoint_auth_method: method, application_type: 'native',
  // Of a native client on loopback any port is as good (RFC 8252 section 7.3), not any path.
  redirect_uris: [redirect, 'http://127.0.0.1/', 'http://localhost/callback'],
  grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'], ...more,
});
const clients = [
  client('client_secret_basic', { client_secret: secret }),
  client('client_secret_post', { client_secret: secret }),
  client('client_secret_jwt', { client_secret: secret }),
  client('private_key_jwt', { jwks: { keys: [JSON.parse(readFileSync('client.json'))] } }),
  client('none'),
  // Of this one all tokens are bound to a key, and each proof needs a nonce (RFC 9449).
  { ...client('none'), client_id: 'bound', dpop_bound_access_tokens: true },
];

const provider = new Provider(issuer, {
  adapter: Files,
  clients,
  clientAuthMethods: [...new Set(clients.map((one) => one.token_endpoint_auth_method))],
  enabledJWA: { clientAuthSigningAlgValues: ['HS256', 'ES256'] },
  cookies: { keys: ['only for tests'] },
  // Without leeway, or short lives would seem to be ignored.
  clockTolerance: 0,
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  scopes: ['openid', 'offline_access', 'tools'],
  rotateRefreshToken: true,
  issueRefreshToken: () => true,
  pkce: { required: () => true },
  ttl: {
    AccessToken: Number(process.env.LIFETIME), RefreshToken: 86400, AuthorizationCode: 60, Grant: 86400, IdToken: 600,
    Interaction: 600, Session: 86400, DeviceCode: Number(process.env.DEVICE ?? 600),
  },
  features: {
    devInteractions: { enabled: pages }, deviceFlow: { enabled: true }, registration: { enabled: true },
    revocation: { enabled: true }, userinfo: { enabled: true },
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 'only for tests'), requireNonce: () => true },
    // Its tokens are for that resource alone, if a client names it (RFC 8707).
    resourceIndicators: {
      enabled: true, useGrantedResource: () => true,
      getResourceServerInfo: () => ({ scope: 'tools', audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'RS256' } } }),
    },
  },
  ...(!pages && { interactions: { policy: interactionPolicy.base(), url: (_, interaction) => `/consent/${interaction.uid}` } }),
});

// Alice consents to everything.
async function consent(ctx) {
  const { params } = await provider.interactionDetails(ctx.req, ctx.res);
  const grant = new provider.Grant({ accountId: 'alice', clientId: params.client_id });
  grant.addOIDCScope(params.scope ?? 'openid');
  if (params.resource) grant.addResourceScope(params.resource, params.scope ?? 'tools');
  ctx.respond = false;
  const result = { login: { accountId: 'alice' }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(ctx.req, ctx.res, result, { mergeWithLastSubmission: true });
}

async function authentication(method) {
  const claims = new SignJWT({ iss: method, sub: method, aud: issuer, jti: randomUUID() }).setIssuedAt().setExpirationTime('1m');
  const asserted = (jwt) => ({ client_assertion: jwt, client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer' });
  switch (method) {
    case 'client_secret_jwt':
      return asserted(await claims.setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(secret)));
    case 'private_key_jwt':
      return asserted(await claims.setProtectedHeader({ alg: 'ES256' }).sign(createPrivateKey(readFileSync('client.pem'))));
    case 'client_secret_post':
      return { client_secret: secret };
    default:
      return {};
  }
}

async function login(method) {
  const verifier = randomBytes(32).toString('base64url');
  const challenge = createHash('sha256').update(verifier).digest('base64url');
  let address = `${issuer}/auth?` + new URLSearchParams({
    client_id: method, response_type: 'code', redirect_uri: redirect, scope: 'openid offline_access', prompt: 'consent', state: 's',
    code_challenge: challenge, code_challenge_method: 'S256',
  });
  const jar = new Map();
  while (!address.startsWith(redirect)) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(address, { redirect: 'manual', headers: { cookie } });
    for (const one of answer.headers.getSetCookie()) {
      const [, name, value] = one.match(/^([^=]+)=([^;]*)/);
      jar.set(name, value);
    }
    const location = answer.headers.get('location');
    if (!location) throw new Error(`${address}: ${answer.status} ${await answer.text()}`);
    address = new URL(location, address).href;
  }
  const headers = method === 'client_secret_basic'
    ? { authorization: 'Basic ' + btoa([method, secret].map((one) => encodeURIComponent(one)).join(':')) } : {};
  const body = new URLSearchParams({
    grant_type: 'authorization_code', client_id: method, redirect_uri: redirect, code: new URL(address).searchParams.get('code'),
    code_verifier: verifier, ...await authentication(method),
  });
  const answer = await fetch(`${issuer}/token`, { method: 'POST', headers, body });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return answer.json();
}

// A resource that tells of its server (RFC 9728), as an MCP server does, and takes its tokens for itself alone.
const described = { resource, authorization_servers: [issuer], scopes_supported: ['tools'] };

async function mcp(ctx) {
  const [, token] = ctx.get('authorization').match(/^Bearer (.+)$/) ?? [];
  const keys = createRemoteJWKSet(new URL(`${issuer}/jwks`));
  const good = token && await jwtVerify(token, keys, { issuer, audience: resource }).catch(() => undefined);
  ctx.status = good ? 200 : 401;
  ctx.body = good ? { user: good.payload.sub } : {};
  if (!good) ctx.set('www-authenticate', `Bearer resource_metadata="${issuer}/.well-known/oauth-protected-resource/mcp", scope="tools"`);
}

provider.use(async (ctx, next) => {
  const [, page, name] = ctx.path.split('/');
  if (page === 'consent') await consent(ctx);
  else if (page === 'mcp') await mcp(ctx);
  else if (page === '.well-known' && name === 'oauth-protected-resource') ctx.body = described;
  else if (page === 'login') ctx.body = await login(name);
  else await next();
});
provider.on('server_error', (_, error) => console.error(error));
provider.on('grant.error', (_, error) => console.error(error.message, error.error_detail));
provider.listen(port, '127.0.0.1', () => console.log('ready'));
