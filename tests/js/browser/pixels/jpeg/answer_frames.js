// Decodes one JPEG after the other by the decoder of the page, and says in a line of JSON what the pixels are, or null
// where it leaves them to the browser, and whether it knows that it is damaged. Before each, there are ten numbers: what
// `decodeJpeg` is to be asked for.

import {
  decodeJpeg,
  isDamagedJpeg,
  loadJpeg,
} from "../../../../../viewer/jpkl_viewer/browser/pixels/jpeg/jpeg.js";
import {crc32} from "../../../../../viewer/jpkl_viewer/standalone/format/bytes.js";
import {requests} from "../../../requests.js";

const N_NUMBERS = 10;

await loadJpeg();
for (const request of requests()) {
  const numbers = new Uint32Array(request.buffer, 0, N_NUMBERS);
  const [frameWidth, frameHeight, color, x, y, cropWidth, cropHeight, width, height, scale] = numbers;
  const frame = {width: frameWidth, height: frameHeight, color: Boolean(color)};
  const crop = {x, y, width: cropWidth, height: cropHeight};
  const bytes = request.subarray(4 * N_NUMBERS);
  const pixels = decodeJpeg(bytes, frame, crop, width, height, scale);
  const decoded = pixels && {nBytes: pixels.length, checksum: crc32(pixels)};
  console.log(JSON.stringify({decoded, isDamaged: isDamagedJpeg(bytes)}));
}
