// For what is worth a word only when it lasts.
import { useEffect, useState } from "react";

/** Whether `is` has held for so many milliseconds, until it does not any more. */
export function useLate(is: boolean, milliseconds: number): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!is) return;
    const timer = window.setTimeout(() => setLate(true), milliseconds);
    return () => {
      window.clearTimeout(timer);
      setLate(false);
    };
  }, [is, milliseconds]);
  return is && late;
}
