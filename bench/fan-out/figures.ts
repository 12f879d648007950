import type { FigureInfo } from '../result.js';

function figure(
  name: string,
  title: string,
  unit: FigureInfo['unit'],
  more: Pick<FigureInfo, 'better' | 'isCompared' | 'isShown'>,
): FigureInfo {
  return { name, title, unit, ...more };
}

const HIGHER = { better: 'higher', isCompared: true, isShown: true } as const;
const LOWER = { better: 'lower', isCompared: true, isShown: true } as const;
/** Told, and too noisy to be compared by. */
const NOISY = { isCompared: false } as const;
const HIDDEN = { isCompared: false, isShown: false } as const;

/** What trials flat out have, and what trials at a pace have. */
export const FIGURES: readonly FigureInfo[] = [
  figure('deliveredPerS', 'delivered/s', '1/s', HIGHER),
  figure('publishPerS', 'published/s', '1/s', HIGHER),
  figure('cpuUsPerDelivery', 'CPU a delivery', 'us', { ...LOWER, ...NOISY }),
  figure('receiverCpuUsPerDelivery', 'of a receiver', 'us', { ...LOWER, ...HIDDEN }),
  figure('slowestShare', 'slowest/fastest', 'share', { ...HIGHER, ...NOISY }),
  figure('lostShare', 'lost', 'share', { ...LOWER, ...HIDDEN }),
  figure('peakRssBytes', 'peak RSS', 'B', LOWER),
  figure('deliveryP50Us', 'delivery p50', 'us', LOWER),
  figure('deliveryP99Us', 'p99', 'us', LOWER),
  figure('deliveryMaxUs', 'max', 'us', { ...LOWER, ...NOISY }),
  figure('bestP99Us', 'best p99', 'us', { ...LOWER, ...NOISY }),
  figure('worstP99Us', 'worst p99', 'us', LOWER),
  figure('sendP99Us', 'sent p99', 'us', { ...LOWER, ...HIDDEN }),
];
