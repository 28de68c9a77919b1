/** A message of a rule; what stands in backquotes is a command. */
export function Message({ text }: { readonly text: string }) {
  const pieces = text.split("`");
  return (
    <>
      {pieces.map((piece, at) => {
        const key = `${at} ${piece}`;
        return at % 2 === 1 && at < pieces.length - 1 ? <code key={key}>{piece}</code> : piece;
      })}
    </>
  );
}
