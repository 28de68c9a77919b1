import type { Alert } from "../../api/types";
import { Ago } from "../../parts/ago";
import { Badge } from "../../parts/badge";
import { Card } from "../../parts/card";

/** Who was told of an incident, and whether it arrived. */
export function Alerts({ alerts }: { readonly alerts: readonly Alert[] }) {
  if (alerts.length === 0) {
    return null;
  }
  return (
    <Card title="Alerts">
      <ul className="alerts">
        {alerts.map((alert) => (
          <li key={`${alert.alert} ${alert.created_at} ${alert.channel}`}>
            <Badge word={alert.status} /> {alert.channel}{" "}
            <span className="dim">
              <Ago time={alert.delivered_at ?? alert.created_at} />
            </span>
            {alert.error !== null && <p className="dim small">{alert.error}</p>}
          </li>
        ))}
      </ul>
    </Card>
  );
}
