// Asks the server which grid owns a position.

/**
 * Returns {state: "found" | "vague" | "outside", name, area: {code}, near: [{code, label, note}],
 * question, hint}, or null when the server cannot be reached: the position is still good
 * then, and the server looks the grid up when the report arrives.
 */
export async function locate(address, query) {
  let answer;
  try {
    const response = await fetch(`${address}?${query}`, { headers: { Accept: "application/json" } });
    if (!response.ok && response.status !== 422) return null;
    answer = await response.json();
  } catch {
    return null;
  }
  return {
    state: answer.state,
    name: answer.name,
    area: { code: answer.grid?.code },
    near: answer.question?.choices ?? [],
    question: answer.question?.question,
    hint: answer.question?.hint,
  };
}
