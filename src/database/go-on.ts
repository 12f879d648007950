/** Called between the steps of what takes long. Throws where the result is no longer needed; the error is passed on. */
export type GoOn = () => void;
