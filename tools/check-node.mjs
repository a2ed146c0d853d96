// Runs before every script that needs the pinned runtime; plain syntax, so that an old Node can still print the
// sentence.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    'Keyfold needs Node 24 or newer and found ' +
      process.version +
      '. `npm ci` installs it into node_modules (not with --omit=dev or --ignore-scripts).',
  );
  process.exit(1);
}
