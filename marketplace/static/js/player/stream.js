// One stream's honest clock: adds up the sound really played and tells the server, one call at a time.
import { sendHeartbeat, stopStream } from "./api.js";

const LONGEST_TICK_SECONDS = 2; // a larger jump of the audio clock is a seek, not listening
const SHORTEST_WAIT_SECONDS = 0.4;

export class Stream {
  constructor(opened, quote, report) {
    Object.assign(this, { url: opened.audio_url, quote, report });
    Object.assign(this, { beatUrl: opened.heartbeat_url, stopUrl: opened.stop_url });
    this.countingSeconds = opened.counting_seconds;
    this.headSeconds = opened.head_seconds;
    this.durationSeconds = opened.duration_seconds;
    this.everySeconds = opened.heartbeat_seconds;
    this.state = "open";
    this.unsentSeconds = 0;
    this.playedSeconds = 0;
    this.lastTime = null;
    this.timer = null;
    this.sending = null;
  }

  get counted() {
    return this.state === "counted";
  }

  get alive() {
    return this.state !== "ended";
  }

  // The furthest second one may seek to: the head until the play is counted.
  get openSeconds() {
    return this.counted ? this.durationSeconds : this.headSeconds;
  }

  tick(currentTime) {
    const step = this.lastTime === null ? 0 : currentTime - this.lastTime;
    if (step > 0 && step < LONGEST_TICK_SECONDS) {
      this.unsentSeconds += step;
      this.playedSeconds += step;
    }
    this.lastTime = currentTime;
    if (this.state === "open" && this.playedSeconds >= this.countingSeconds && !this.reached) {
      this.reached = true;
      this.beat();
    }
  }

  jumped(currentTime) {
    this.lastTime = currentTime;
  }

  start() {
    this.beat();
  }

  pause() {
    clearTimeout(this.timer);
    this.timer = null;
  }

  stop() {
    this.pause();
    if (this.alive) stopStream(this.stopUrl);
    this.state = this.counted ? "counted" : "ended";
  }

  async beat() {
    clearTimeout(this.timer);
    if (this.sending) return;
    const seconds = this.unsentSeconds;
    this.unsentSeconds = 0;
    this.sending = sendHeartbeat(this.beatUrl, Math.round(seconds * 1000) / 1000);
    let answer = null;
    try {
      answer = await this.sending;
    } catch (error) {
      this.unsentSeconds += seconds;
      this.sending = null;
      return this.failed(error);
    }
    this.sending = null;
    if (this.state === "ended") return;
    const justCounted = answer.state === "counted" && !this.counted;
    this.state = answer.state;
    this.report.onBeat(this, answer, justCounted);
    if (answer.state === "open") this.next(this.countingSeconds - answer.heard_seconds);
    if (answer.state === "counted") this.next(Infinity);
  }

  next(missingSeconds) {
    const wait = Math.max(SHORTEST_WAIT_SECONDS, Math.min(this.everySeconds, missingSeconds));
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.report.isPlaying(this) && this.beat(), wait * 1000);
  }

  failed(error) {
    if (error.code === "offline" || error.status >= 500) {
      this.report.onUnreached(this);
      return this.next(Infinity);
    }
    const paid = this.counted;
    this.state = paid ? "counted" : "ended";
    this.report.onRefused(this, error, paid);
  }
}
