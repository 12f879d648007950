import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SECRET_BYTES = 16;

/** What opens the page: the token in its URL, and the cookie for which the page exchanges it. */
export class Secrets {
  /** 128 random bits in hexadecimal. */
  readonly token = newSecret();
  private readonly _session = newSecret();
  private readonly _cookieName: string;

  /** @param port of the server: browsers send a host's cookies to all of its ports */
  constructor(port: number) {
    this._cookieName = `tcs_replay_${port}`;
  }

  /** The value of the header Set-Cookie. */
  get cookie(): string {
    return `${this._cookieName}=${this._session}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** Whether a text is the token. It takes the same time whatever the text. */
  isToken(given: unknown): boolean {
    return typeof given === 'string' && areEqual(given, this.token);
  }

  /** Whether the header Cookie holds the cookie. */
  isSession(header: string | undefined): boolean {
    const prefix = `${this._cookieName}=`;
    return (header ?? '')
      .split(';')
      .map((cookie) => cookie.trim())
      .some((cookie) => cookie.startsWith(prefix) && areEqual(cookie.slice(prefix.length), this._session));
  }
}

function newSecret(): string {
  return randomBytes(SECRET_BYTES).toString('hex');
}

/** Digests have one length, whatever was given. */
function areEqual(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
