// Dates and times as text; as `write_times` and `write_texts` of `jpkl/_numbers.py`.

import {PyDate, PyDateTime, PyTime} from "../format/values.js";

/** Date and time in ISO 8601, to the microsecond. */
const ISO_TIME = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6})0*)?)?(Z|[+-]\d\d:?\d\d)?$/;

/** A moment, its offset as it is written. @typedef {{date: PyDate, time: PyTime, zone: string}} Moment */

const two = (/** @type {number} */ number) => String(number).padStart(2, "0");

/**
 * Dates, or dates and times, as precisely as the most precise of them.
 * @param {(PyDate | PyDateTime)[]} values
 */
export function writeTimes(values) {
  return write(values.map((value) => (value instanceof PyDateTime ? moment(value) : midnight(value))));
}

/**
 * Texts as they are, but dates and times in ISO 8601 as `writeTimes` does.
 * @param {string[]} values
 */
export function writeTexts(values) {
  const moments = values.map(parse);
  return moments.length && moments.every((each) => each !== null) ? write(moments) : values;
}

/** @param {PyDate} date @returns {Moment} */
function midnight(date) {
  return {date, time: new PyTime(0, 0, 0, 0, null), zone: ""};
}

/** @param {PyDateTime} value @returns {Moment} */
function moment({date, time}) {
  return {date, time, zone: time.zone === null ? "" : offsetText(time.zone.offset.microseconds)};
}

/** @param {bigint} microseconds */
function offsetText(microseconds) {
  const size = Number(microseconds < 0n ? -microseconds : microseconds);
  const seconds = Math.floor(size / 1e6);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  if (seconds % 60 || size % 1e6) parts.push(seconds % 60);
  const rest = size % 1e6 ? `.${String(size % 1e6).padStart(6, "0")}` : "";
  return (microseconds < 0n ? "-" : "+") + parts.map(two).join(":") + rest;
}

/** @param {string} text @returns {Moment | null} */
function parse(text) {
  const found = ISO_TIME.exec(text);
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((digits) => Number(digits ?? 0));
  const days = new Date(Date.UTC(year < 100 ? year + 400 : year, month, 0)).getUTCDate();
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > days || hour > 23 || minute > 59 || second > 59)
    return null;
  const microsecond = Number((found[7] ?? "").padEnd(6, "0"));
  const zone = parseZone(found[8]);
  if (zone === null) return null;
  return {
    date: new PyDate(year, month, day),
    time: new PyTime(hour, minute, second, microsecond, null),
    zone,
  };
}

/** @param {string | undefined} text */
function parseZone(text) {
  if (text === undefined) return "";
  if (text === "Z") return "+00:00";
  const [hours, minutes] = [text.slice(1, 3), text.slice(-2)];
  if (Number(hours) > 23 || Number(minutes) > 59) return null;
  const isZero = Number(hours) === 0 && Number(minutes) === 0;
  return `${isZero ? "+" : text[0]}${hours}:${minutes}`;
}

/** @param {Moment[]} moments */
function write(moments) {
  const dates = moments.map(
    ({date: {year, month, day}}) => `${String(year).padStart(4, "0")}-${two(month)}-${two(day)}`,
  );
  if (moments.every(({time, zone}) => time.microseconds === 0n && zone === "")) return dates;
  const precision = Math.max(...moments.map(({time}) => precisionOf(time)));
  return moments.map(({time, zone}, i) => `${dates[i]} ${clock(time, precision)}${zone}`);
}

/** @param {PyTime} time */
function precisionOf({second, microsecond}) {
  if (microsecond) return microsecond % 1000 ? 3 : 2;
  return second ? 1 : 0;
}

/**
 * @param {PyTime} time
 * @param {number} precision
 */
function clock({hour, minute, second, microsecond}, precision) {
  const parts = [hour, minute, ...(precision ? [second] : [])].map(two).join(":");
  const digits = String(microsecond).padStart(6, "0");
  return precision > 1 ? `${parts}.${digits.slice(0, precision === 2 ? 3 : 6)}` : parts;
}
