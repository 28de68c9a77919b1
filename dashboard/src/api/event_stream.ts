/** The format `text/event-stream`, read from an answer: https://html.spec.whatwg.org/multipage/server-sent-events.html */
export interface Block {
  readonly id: string | null;
  readonly event: string;
  readonly data: string;
}

export async function* blocks(answer: Response): AsyncGenerator<Block> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let pending = "";
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) {
      return;
    }
    const pieces = (pending + value.replaceAll("\r", "")).split("\n\n");
    pending = pieces.pop() ?? "";
    yield* pieces.map(parsed).filter((block) => block.data !== "");
  }
}

function parsed(text: string): Block {
  let id: string | null = null;
  let event = "message";
  const data: string[] = [];
  for (const line of text.split("\n")) {
    const [name, ...rest] = line.split(":");
    const value = rest.join(":").replace(/^ /, "");
    if (name === "id") {
      id = value;
    } else if (name === "event") {
      event = value;
    } else if (name === "data") {
      data.push(value);
    }
  }
  return { id, event, data: data.join("\n") };
}
