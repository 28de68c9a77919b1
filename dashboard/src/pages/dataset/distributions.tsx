import { useQuery } from "@tanstack/react-query";
import { distributions as readDistributions } from "../../api/queries";
import type { Bin, Distribution } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Card } from "../../parts/card";
import { Empty, Shown } from "../../parts/states";
import { percent } from "../../words/numbers";

/** The columns with drift rules: how their values were shared out in the last run and in the one before. */
export function Distributions({ dataset }: { readonly dataset: string }) {
  const query = useQuery(readDistributions(dataset));
  return (
    <Shown query={query} lines={6}>
      {(found) =>
        found.length === 0 ? (
          <NoDistribution />
        ) : (
          <div className="distributions">
            {found.map((one) => (
              <Column key={one.column} found={one} />
            ))}
          </div>
        )
      }
    </Shown>
  );
}

function Column({ found }: { readonly found: Distribution }) {
  const high = Math.max(1e-9, ...found.bins.flatMap(({ before, now }) => [before, now]));
  return (
    <Card title={found.column} aside={<span className="dim small">{percent(found.moved)} of the rows moved</span>}>
      <p className="legend dim small">
        <span>
          <i className="before" />
          before: <Ago time={found.before_at} />
        </span>
        <span>
          <i className="now" />
          now: <Ago time={found.now_at} />
        </span>
      </p>
      <dl className="bins">
        {found.bins.map((bin) => (
          <Bars key={bin.bin} bin={bin} high={high} />
        ))}
      </dl>
    </Card>
  );
}

function Bars({ bin, high }: { readonly bin: Bin; readonly high: number }) {
  const width = (share: number) => `${((share / high) * 100).toFixed(2)}%`;
  return (
    <div>
      <dt className="mono">{bin.bin}</dt>
      <dd>
        <svg width="100%" height="14" aria-hidden="true">
          <rect className="before" y="0" width={width(bin.before)} height="6" rx="2" />
          <rect className="now" y="8" width={width(bin.now)} height="6" rx="2" />
        </svg>
        <span className="number dim">
          {percent(bin.before)} → {percent(bin.now)}
        </span>
      </dd>
    </div>
  );
}

function NoDistribution() {
  return (
    <div className="card">
      <Empty icon="runs" title="No distribution is kept of two runs">
        <p>
          Each run keeps those of the columns with <code>drift</code> rules.
        </p>
      </Empty>
    </div>
  );
}
