/** Counts requests; records nothing of their content. */
export interface Metrics {
  begin(): (outcome: {
    readonly route: string;
    readonly status: number;
    readonly bytes: number;
    readonly ms: number;
  }) => void;
  /** Prometheus text format 0.0.4. */
  text(): string;
}

interface Sum {
  count: number;
  seconds: number;
  bytes: number;
}

/** Histogram bounds of the time until a response was complete, seconds. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export function createMetrics(): Metrics {
  const requests = new Map<string, number>();
  const sums = new Map<string, Sum & { readonly buckets: number[] }>();
  let active = 0;
  return {
    begin: () => {
      active += 1;
      return ({ route, status, bytes, ms }) => {
        active -= 1;
        const labels = `route="${route}",status="${status}"`;
        requests.set(labels, (requests.get(labels) ?? 0) + 1);
        const sum = sums.get(route) ?? { count: 0, seconds: 0, bytes: 0, buckets: BUCKETS.map(() => 0) };
        sum.count += 1;
        sum.seconds += ms / 1000;
        sum.bytes += bytes;
        BUCKETS.forEach((limit, i) => {
          if (ms / 1000 <= limit) sum.buckets[i] = (sum.buckets[i] ?? 0) + 1;
        });
        sums.set(route, sum);
      };
    },
    text: () => {
      const lines = [
        '# HELP codemie_gateway_requests_total Requests answered.',
        '# TYPE codemie_gateway_requests_total counter',
      ];
      for (const [labels, count] of requests)
        lines.push(`codemie_gateway_requests_total{${labels}} ${count}`);
      lines.push(
        '# HELP codemie_gateway_active_requests Requests under way.',
        '# TYPE codemie_gateway_active_requests gauge',
      );
      lines.push(`codemie_gateway_active_requests ${active}`);
      lines.push(
        '# HELP codemie_gateway_response_bytes_total Bytes passed to agents.',
        '# TYPE codemie_gateway_response_bytes_total counter',
      );
      for (const [route, { bytes }] of sums)
        lines.push(`codemie_gateway_response_bytes_total{route="${route}"} ${bytes}`);
      lines.push(
        '# HELP codemie_gateway_request_seconds Time until an answer was complete.',
        '# TYPE codemie_gateway_request_seconds histogram',
      );
      for (const [route, { count, seconds, buckets }] of sums) {
        BUCKETS.forEach((limit, i) => {
          lines.push(
            `codemie_gateway_request_seconds_bucket{route="${route}",le="${limit}"} ${buckets[i] ?? 0}`,
          );
        });
        lines.push(`codemie_gateway_request_seconds_bucket{route="${route}",le="+Inf"} ${count}`);
        lines.push(`codemie_gateway_request_seconds_sum{route="${route}"} ${seconds}`);
        lines.push(`codemie_gateway_request_seconds_count{route="${route}"} ${count}`);
      }
      return `${lines.join('\n')}\n`;
    },
  };
}
