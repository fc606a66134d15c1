export const STORE_NAMES = ['keychain', 'encrypted-file', 'plaintext-file'] as const;

export type StoreName = (typeof STORE_NAMES)[number];

/** The name of each store in messages. */
export const STORE_LABELS: Readonly<Record<StoreName, string>> = {
  keychain: 'the system keychain',
  'encrypted-file': 'an encrypted file',
  'plaintext-file': 'an unencrypted file',
};

/** A store for secret texts. It does not know the format of credentials. */
export interface TextStore {
  readonly name: StoreName;
  /** Where an entry is stored, for messages. */
  where(id: string): string;
  verify(): Promise<void>;
  read(id: string): Promise<string | undefined>;
  write(id: string, text: string): Promise<void>;
  remove(id: string): Promise<boolean>;
}
