// play.mjs STORY: one story, and what it says.
const name = process.argv[2];
const story = await import(`./${name}.mjs`);
const begin = Date.now();
try {
  const said = await story.play();
  console.log(`${story.about}: ${said ? said + ", " : ""}${((Date.now() - begin) / 1000).toFixed(1)} s`);
} catch (error) {
  console.error(`FAILED: ${error.message}`);
  process.exit(1);
}
