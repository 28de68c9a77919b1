import { useQuery } from "@tanstack/react-query";
import { rules as readRules, trends as readTrends } from "../../api/queries";
import type { RecordedRule, RuleTrend } from "../../api/types";
import { Badge } from "../../parts/badge";
import { Card } from "../../parts/card";
import { useFilters } from "../../parts/filters";
import { Icon } from "../../parts/icon";
import { Spark } from "../../parts/spark";
import { Empty, Shown } from "../../parts/states";
import { metric } from "../../words/numbers";
import { RuleDetails } from "./rule_details";

const NONE: readonly RuleTrend[] = [];
const ORDER = ["failed", "error", "inconclusive", "skipped", "passed"];

/** The rules as the last run checked them, what is wrong first; one opens to its trend. */
export function Rules({ dataset }: { readonly dataset: string }) {
  const query = useQuery(readRules(dataset));
  const trends = useQuery(readTrends(dataset, "90d")).data ?? NONE;
  return (
    <Card title="Rules" aside={<span className="dim small">as the last run checked them</span>} flush>
      <Shown query={query} lines={8}>
        {(found) =>
          found.length === 0 ? (
            <Empty icon="check" title="No rule has been recorded">
              <p>The next run records the rules of the rules file.</p>
            </Empty>
          ) : (
            <ul className="rules">
              {ordered(found).map((rule) => (
                <Rule
                  key={rule.rule}
                  dataset={dataset}
                  rule={rule}
                  trends={trends.filter((one) => one.rule === rule.rule)}
                />
              ))}
            </ul>
          )
        }
      </Shown>
    </Card>
  );
}

interface RuleProps {
  readonly dataset: string;
  readonly rule: RecordedRule;
  readonly trends: readonly RuleTrend[];
}

function Rule({ dataset, rule, trends }: RuleProps) {
  const [filters, change] = useFilters();
  const open = filters.get("rule") === rule.rule;
  const status = rule.enabled ? (rule.last?.status ?? "not checked") : "disabled";
  const points = trends.length === 1 ? (trends[0]?.points ?? []).slice(-40) : [];
  return (
    <li>
      <button
        type="button"
        className="rule"
        aria-expanded={open}
        onClick={() => change({ rule: open ? null : rule.rule })}
      >
        <span className="turns">
          <Icon name="chevron" size={16} />
        </span>
        <Badge word={status} />
        <code className="named">{rule.rule}</code>
        <span className="trend-of">
          {trends.length > 1 ? (
            <span className="dim small">{trends.length} segments</span>
          ) : (
            <Spark
              values={points.map((point) => point.value)}
              bad={points.map((point) => point.status === "failed")}
              label={`metric of the last ${points.length} runs`}
            />
          )}
        </span>
        <span className="number value-of">{rule.last?.value == null ? "–" : metric(rule.last.value, rule.type)}</span>
        <span className="severity-of">
          <Badge word={rule.severity} />
        </span>
      </button>
      {open && <RuleDetails dataset={dataset} rule={rule} trends={trends} />}
    </li>
  );
}

function ordered(found: readonly RecordedRule[]): readonly RecordedRule[] {
  const rank = (rule: RecordedRule) => {
    const at = ORDER.indexOf(rule.last?.status ?? "skipped");
    return at === -1 ? ORDER.length : at;
  };
  return [...found].sort((one, other) => rank(one) - rank(other) || one.rule.localeCompare(other.rule));
}
