// What can be asked for without Python: the names in `COMPUTED`, which only the worker's script has.

export const LOCAL_ANSWERS = [
  "pixels",
  "reslice",
  "montage",
  "measure",
  "profiles",
  "statistics csv",
  "regions csv",
  "profile csv",
  "save regions",
  "load regions",
  "export",
  "label frames",
  "object curve",
];
