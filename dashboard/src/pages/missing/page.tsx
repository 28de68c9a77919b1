import { Link } from "wouter";
import { Heading } from "../../parts/heading";
import { Empty } from "../../parts/states";

export function MissingPage() {
  return (
    <>
      <Heading title="No such page" />
      <div className="card">
        <Empty icon="search" title="There is nothing at this address">
          <Link href="/">To the overview</Link>
        </Empty>
      </div>
    </>
  );
}
