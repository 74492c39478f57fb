// Types that several modules share: plain data, and what the parts of the viewer promise each other.
// A type that belongs to one module is defined there.

/**
 * One dim of a stack.
 * @typedef {object} Dim
 * @property {string} name
 * @property {string} [key] its name in the file, in links; by hand it can get another
 * @property {number} size
 * @property {number[] | null} coords physical value of each index
 * @property {string} unit of `coords`, "" where unknown
 * @property {string[] | null} [texts] what each index stands for where no number says it
 */

/**
 * What Python says of a stack (`describe_for_browser`).
 * @typedef {object} Description
 * @property {string} title
 * @property {number} height
 * @property {number} width
 * @property {boolean} color whether frames are RGB
 * @property {Dim[]} dims
 * @property {number | null} channelDim
 * @property {{name: string, color: string}[]} channels
 * @property {[number, number] | null} pixelSize height and width of a pixel in `pixelUnit`
 * @property {string} pixelUnit
 * @property {number} aspect height of a pixel by its width, on the screen as in the specimen
 * @property {number} quality of the JPEG encoding
 * @property {string} [fidelity] what is on record of PSNR and SSIM
 * @property {import("./page/fidelity.js").Profiles} [profiles] the same along each dim
 * @property {{shape: number[], values: number[]} | null} ranges display ranges, low and high for each index
 * @property {boolean} [isInteger] whether the file has integers, as far as is known
 * @property {string} [encoding] how frames are stored, for people
 * @property {boolean} [isExact] whether the values of the images are kept, beside the 8-bit ones that are shown
 * @property {boolean} [isLossy] whether pixels may be others than those that were encoded
 * @property {boolean} [sendsStored] whether frames come as the bytes that are stored
 * @property {boolean} [isOriginal] whether frames are encoded from an image file as they are asked for
 * @property {boolean} [isLive] whether it was opened while it was written
 * @property {boolean} [isRangeExact] whether `ranges` were measured on all of it
 * @property {[number, number]} [reduction] rows and columns of which a pixel is the mean, in reports
 * @property {LabelDescription[]} [labels] label images over the frames
 */

/**
 * A label image, and its frames along each dim: 1 where one is for all; in a report with all of them, as a zlib stream in
 * base64: the length of each, u32, and then their bytes.
 * @typedef {{name: string, dtype: string, sizes: number[], data?: string}} LabelDescription
 */

/**
 * @template Table
 * @typedef {{[Name in keyof Table]: Table[Name] extends {default: infer Value} ? Value : never}} ValuesOf
 */

/**
 * How one channel is displayed: contrast `limits` in pixel values, `gamma`, `visible`, `color` as `#rrggbb`.
 * @typedef {Omit<ValuesOf<import("./state/settings.js").ChannelTable>, "limits"> & {limits: [number, number]}} ChannelDisplay
 */

/**
 * With `around` it is not from `start` to before `stop`, but of the frame at the position and so many on each side.
 * @typedef {{dim: number, method: string, start: number, stop: number, around?: number}} Projection
 */

/** @typedef {{dim: number, fps: number, mode: string}} Playback */

/** Center and magnification relative to a fit. @typedef {[x: number, y: number, factor: number]} Zoom */

/**
 * What is seen: the settings in `limits.json`, which `ViewState.settings` in Python has, too.
 * @typedef {Omit<ValuesOf<import("./state/settings.js").ViewTable>, keyof Composed> & Composed} Settings
 */

/**
 * Settings that are not plain values.
 * @typedef {object} Composed
 * @property {number[]} position frame index
 * @property {Record<string, any>} tools settings of the tools, by name
 * @property {Projection | null} projection
 * @property {ChannelDisplay[]} channels
 * @property {Playback} playback
 */

/**
 * What is seen, and the zoom, which is the browser's own; null while the whole frame is shown.
 * @typedef {Settings & {zoom: Zoom | null}} State
 */

/**
 * A frame, a projection, or a part of one: its number, or text that `FrameKey.parse` in Python reads.
 * @typedef {number | string} FrameKey
 */

/**
 * A rectangle in whole pixels of a frame.
 * @typedef {{x: number, y: number, width: number, height: number}} Rect
 */

/**
 * What is painted of a frame: its part `crop`, in so many pixels of the screen.
 * @typedef {{crop: Rect, width: number, height: number, key: string}} Target
 */

/** Gray values, one byte each, or colors as little-endian RGBA. @typedef {Uint8Array | Uint32Array} Plane */

/**
 * A plane and the color of each of its values, as little-endian RGBA.
 * @typedef {{plane: Plane, lut: Uint32Array}} PaintedLayer
 */

/** One channel of a picture. @typedef {{channel: number, position: number[], frame: FrameKey}} FrameLayer */

/**
 * What has come to the screen.
 * @typedef {object} Shown
 * @property {State} state it was asked for with
 * @property {number[]} position
 * @property {number} sequence
 * @property {FrameLayer[]} layers
 * @property {Target | null} target
 * @property {ChannelDisplay[]} channels
 */

/**
 * A frame that has come, or why it has not: as JPEG, or as pixels, of one byte each, or three in color.
 * @typedef {{bytes?: Uint8Array<ArrayBuffer> | null, error?: string, isPixels?: boolean}} Encoded
 */

/**
 * Where the stored bytes of frames are read from, one by one and in any order, where there is no Python.
 * @typedef {object} FrameSource
 * @property {(number: number, signal?: AbortSignal) => Promise<Uint8Array<ArrayBuffer>>} read rejects with an `Error`
 *   whose message is for the user
 */

/**
 * How fast positions follow each other, in ms from one to the next, and for how many ms frames are to be in reserve.
 * @typedef {{interval: number, reserve: number}} Pace
 */

/**
 * Where the encoded frames come from.
 * @typedef {object} Provider
 * @property {(visible: FrameKey[], ahead?: FrameKey[], pace?: Pace) => void} want asks for frames; the visible ones
 *   first, then those that likely come next, at that pace
 * @property {(keys: FrameKey[]) => Promise<void>} fetch the same in the background; resolves when they have come
 * @property {(key: FrameKey) => boolean} has
 * @property {(key: FrameKey) => Encoded | undefined} get
 * @property {() => void} onFrame called when a frame has come
 * @property {(done: number, total: number) => void} onProgress called while a picture is computed
 * @property {boolean} isStalled whether nothing has come for long
 * @property {() => void} [close] called when the viewer is off the page
 */

/**
 * What a host makes the viewer of.
 * @typedef {object} ViewOptions
 * @property {Description} description
 * @property {Settings} settings to start with
 * @property {Settings} [first] what Reset goes back to; by default these
 * @property {Record<string, string>} colormaps 256 times red, green, blue, as base64
 * @property {Provider} provider of the frames
 * @property {import("./tool.js").OtherStack[]} [others] stacks to compare with
 * @property {import("../tools/bookmarks/marks.js").Bookmark[]} [bookmarks] that come with the page
 * @property {import("./frames/asks.js").Asks | null} [asks] by which Python, or what stands in for it, is asked to compute;
 *   null where nothing does
 * @property {(settings: Settings) => boolean} report called with the settings when they have changed; returns
 *   whether the next call has to wait for `acknowledge`
 * @property {boolean} ownsUrl whether the page is the viewer's, and its link may carry the view
 * @property {string} [command] that starts the viewer again; "" where that is of no concern to who looks at it
 */

/**
 * What brings colors to the screen: `Painter` into a figure, `CanvasPainter` onto a canvas.
 * @typedef {object} PicturePainter
 * @property {{layers: PaintedLayer[], target: Target} | null} painted what was painted last
 * @property {Target | null} target what is to be painted of a frame; null if none of it is on the screen
 * @property {(layers: PaintedLayer[], target: Target) => Promise<void>} paint resolves once it is on the screen
 * @property {() => Promise<void>} clear paints nothing, in place of a frame that cannot be shown
 */

/**
 * Pixels that Python has put together: gray or RGB, one byte each.
 * @typedef {{height: number, width: number, data: ArrayBuffer}} RawPicture
 */

export {};
