// Plays a step cursor along paths.

/** @typedef {{steps: number, pinned: number, seek(step: number): void, pin(step: number): void, schedule(): void}} Film */

export class Player {
  /** @param {Film} film */
  constructor(film) {
    this.film = film;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
    this.at = 0;
    this.speed = 1;
    this.last = 0;
    /** @type {(() => void) | undefined} */
    this.cancel = undefined;
  }

  get playing() {
    return this.cancel !== undefined;
  }

  toggle() {
    if (this.playing) return this.stop();
    if (this.film.pinned >= this.film.steps) this.film.seek(0);
    this.at = this.film.pinned;
    this.last = performance.now();
    this.next();
  }

  next() {
    if (this.calm.matches) {
      // With reduced motion, ten stills instead of a film.
      const timer = setTimeout(() => this.advance(this.film.steps / 10), 700 / this.speed);
      this.cancel = () => clearTimeout(timer);
    } else {
      const frame = requestAnimationFrame((now) => {
        this.advance(((now - this.last) / 1000) * this.speed * Math.max(12, this.film.steps / 7));
        this.last = now;
      });
      this.cancel = () => cancelAnimationFrame(frame);
    }
    this.film.schedule();
  }

  /** @param {number} steps */
  advance(steps) {
    this.at = Math.min(this.film.steps, this.at + Math.max(0, steps));
    this.film.pin(Math.floor(this.at));
    if (this.at >= this.film.steps) this.stop();
    else this.next();
  }

  stop() {
    this.cancel?.();
    this.cancel = undefined;
    this.film.schedule();
  }
}
