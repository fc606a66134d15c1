import { CodemieError, messageOf, systemCode } from '../system/errors.ts';
import { type CaSources, certificates, defaultCertificates } from './ca.ts';

/** The certificates to trust (PEM), including the default roots; undefined for Node's default. */
export interface Roots {
  (): readonly string[] | undefined;
  /** From now on, trusts what the operating system trusts as well. Resolves to whether that adds anything. */
  addSystem?(): Promise<boolean>;
  /** What to do about an issuer that is still unknown. */
  advice?(): string;
}

export interface RootsOptions {
  readonly sources: () => CaSources;
  /** Rejects with the reason if the certificates of the operating system cannot be read. */
  readonly readSystem: () => Promise<readonly string[]>;
  /** Called if reading takes longer than `slowMs`, default 3 s: as long as a person waits without a word. */
  readonly onSlow: () => void;
  readonly slowMs?: number;
  /** @param unread why they could not be read. */
  readonly advice: (unread: string | undefined) => string;
}

/**
 * The certificates of the operating system are read only when an issuer is unknown without them: on a managed Mac that
 * takes seconds (docs/decisions/0059).
 */
export function createRoots(options: RootsOptions): Roots {
  const { sources, readSystem, onSlow, slowMs = 3000, advice } = options;
  let trusted: { readonly list: readonly string[] | undefined } | undefined;
  let adding: Promise<boolean> | undefined;
  let unread: string | undefined;
  const roots = (): readonly string[] | undefined => {
    trusted ??= { list: certificates(sources()) };
    return trusted.list;
  };
  const add = async (): Promise<boolean> => {
    const slow = setTimeout(onSlow, slowMs);
    try {
      const system = await readSystem();
      if (system.length === 0) return false;
      trusted = { list: [...(roots() ?? defaultCertificates(sources())), ...system] };
      return true;
    } catch (error) {
      unread = messageOf(error);
      return false;
    } finally {
      clearTimeout(slow);
    }
  };
  const addSystem = (): Promise<boolean> => {
    adding ??= add();
    return adding;
  };
  return Object.assign(roots, { addSystem, advice: () => advice(unread) });
}

/** OpenSSL's names for a certificate whose chain ends at an issuer that is not among the roots. */
const UNKNOWN_ISSUER: ReadonlySet<string | undefined> = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
]);

/** @param error from TLS, or ours with that one as its cause, or its code. */
export function isUnknownIssuer(error: unknown): boolean {
  const code =
    typeof error === 'string' ? error : systemCode(error instanceof CodemieError ? error.cause : error);
  return UNKNOWN_ISSUER.has(code);
}

/** Runs `attempt`, and once more with the certificates of the operating system if the issuer was unknown. */
export async function withSystemRoots<T>(roots: Roots, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!isUnknownIssuer(error) || (await roots.addSystem?.()) !== true) throw error;
    return attempt();
  }
}
