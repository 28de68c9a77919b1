import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { people as readPeople } from "../../api/queries";
import { Card } from "../../parts/card";
import { Heading } from "../../parts/heading";
import { Icon } from "../../parts/icon";
import { Empty } from "../../parts/states";
import { useMay } from "../../shell/session";
import { AddPerson } from "./add_person";
import { ManagedList } from "./managed_list";
import { PersonRow } from "./person_row";
import { Tokens } from "./tokens";

export function PeoplePage() {
  if (!useMay("manage")) {
    return (
      <>
        <Heading title="People" />
        <div className="card">
          <Empty icon="people" title="Only an Owner manages people" />
        </div>
      </>
    );
  }
  return <Manage />;
}

function Manage() {
  const query = useQuery(readPeople());
  const [adding, setAdding] = useState(false);
  const add = (
    <button type="button" className="button main" onClick={() => setAdding(true)}>
      <Icon name="plus" size={16} />
      Add a person
    </button>
  );
  return (
    <>
      <Heading title="People" actions={add}>
        <p className="dim">Who may do what</p>
      </Heading>
      <Card title="People" flush>
        <ManagedList
          query={query}
          stacked
          columns={[{ label: "Person" }, { label: "Role" }, { label: "Added", roomy: true }]}
          empty={
            <Empty icon="people" title="Nobody has an account">
              <p>Everyone may do everything. The first person becomes an Owner, and from then on people log in.</p>
            </Empty>
          }
          row={(person) => <PersonRow key={person.email} person={person} />}
        />
      </Card>
      <Tokens />
      {adding && <AddPerson close={() => setAdding(false)} first={query.data?.length === 0} />}
    </>
  );
}
