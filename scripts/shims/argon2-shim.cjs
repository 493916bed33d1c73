// In the place of argon2, which hashes code-server's log-in passwords and is loaded even where none is set (`--auth none`).
const refuse = async () => {
  throw new Error('This code-server was installed for tests, without password log-in.');
};
module.exports = { hash: refuse, verify: refuse, needsRehash: () => false };
