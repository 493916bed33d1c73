/** Paths on 16 × 16. */
export const ICONS = {
  add: 'M8 3.5v9M3.5 8h9',
  refresh: 'M13 8a5 5 0 1 1-1.5-3.6M13 2.5v2.6h-2.6',
  report: 'M4 2.5h5.5L12.5 5.5v8H4ZM9.5 2.5v3h3M6 8.5h4.5M6 11h4.5',
  enlarge: 'M9.5 2.5h4v4M13.5 2.5L9 7M6.5 13.5h-4v-4M2.5 13.5L7 9',
  more: 'M3.5 8h.1M8 8h.1M12.5 8h.1',
  close: 'M4 4l8 8M12 4l-8 8',
  right: 'M6 3.5L10.5 8L6 12.5',
  down: 'M3.5 6L8 10.5L12.5 6',
  zoom: 'M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10',
  wider: 'M2.5 8h11M5 5.5L2.5 8L5 10.5M11 5.5L13.5 8L11 10.5',
  narrower: 'M2 8h4.5M4.5 5.5L7 8l-2.5 2.5M14 8H9.5M11.5 5.5L9 8l2.5 2.5',
} as const;
