export const STORE_NAMES = ['keychain', 'encrypted-file', 'plaintext-file'] as const;

export type StoreName = (typeof STORE_NAMES)[number];

/** What a person calls each store. */
export const STORE_LABELS: Readonly<Record<StoreName, string>> = {
  keychain: 'the system keychain',
  'encrypted-file': 'an encrypted file',
  'plaintext-file': 'an unencrypted file',
};

/** A place for secret texts; what credentials are written as is not its business. */
export interface TextStore {
  readonly name: StoreName;
  /** Where an entry rests, as an error names it. */
  where(id: string): string;
  verify(): Promise<void>;
  read(id: string): Promise<string | undefined>;
  write(id: string, text: string): Promise<void>;
  remove(id: string): Promise<boolean>;
}
