// Numbers and names that the browser shares with Python, whose side of it is `limits.py`.

import shared from "../../limits.json" with {type: "json"};

/** Least and greatest pixel value. */
export const PIXEL_VALUES = shared.pixelValues;

/** Least and greatest exponent between the contrast limits. */
export const GAMMA = shared.gamma;

/** The numbers of automatic contrast limits. */
export const AUTO_LIMITS = shared.autoLimits;

/** Meters in each unit of length, also as people spell it. @type {Record<string, number>} */
export const METERS = shared.meters;

/** Fewest and most frames per second. */
export const FPS = shared.fps;

/** What happens at the end of a dim that is played. */
export const PLAY_MODES = shared.playModes;

/** Methods of projections, and what people call them. */
export const PROJECTION_METHODS = shared.projectionMethods;

/** Larger frames are not sent whole, but the part on the screen, at the screen's resolution. */
export const WHOLE_FRAME_PIXELS = shared.wholeFramePixels;

/** A scale bar takes at most so many CSS pixels, and at most one part in so many of the picture's width. */
export const SCALE_BAR = shared.scaleBar;
/** Least and greatest length of a scale bar that can be set. */
export const SCALE_BAR_LENGTH = shared.scaleBarLength;
/** Corners of the picture that it can be in. */
export const SCALE_BAR_CORNERS = shared.scaleBarCorners;
/** Colors that it can have. */
export const SCALE_BAR_COLORS = shared.scaleBarColors;

/** Regions of interest: how many there are at most, of how many points, and how far out these may be. */
export const REGIONS = shared.regions;

/** Bookmarks: how many there are at most, how long their texts may be, and the tools whose settings they have. */
export const BOOKMARKS = shared.bookmarks;

/**
 * Labels: how opaque they are at first, and the one that is selected at the least; their colors, by their values from 1
 * on, one after the other, as six hexadecimal digits each.
 */
export const LABELS = shared.labels;

/** Names of the tools that keep settings in a view. */
export const TOOLS = shared.tools;

/** Files that are dropped: bytes of the head by which readers know one, and of a part as it is sent. */
export const DROPPED = shared.dropped;

/** HTTP header of a page that says why there is nothing to show; those of a proxy have none. */
export const REASON_HEADER = shared.reasonHeader;
