/** Where the secret goes in Kubernetes. */
export interface SecretPlace {
  readonly name: string;
  readonly key: string;
  readonly namespace: string;
}

/**
 * A Secret for `kubectl apply -f -`. The value stands in `stringData`, so that nobody encodes it by hand, with a line end at
 * its end.
 */
export function secretManifest({ name, key, namespace }: SecretPlace, value: string): string {
  return [
    'apiVersion: v1',
    'kind: Secret',
    'metadata:',
    `  name: ${JSON.stringify(name)}`,
    `  namespace: ${JSON.stringify(namespace)}`,
    'type: Opaque',
    'stringData:',
    `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`,
  ].join('\n');
}
