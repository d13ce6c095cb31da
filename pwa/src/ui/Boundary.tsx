/** Catches what a screen throws, so that the places and the way back stay. */
import { Component, type ComponentChildren } from "preact";

interface BoundaryProps {
  children: ComponentChildren;
  fallback: (error: unknown) => ComponentChildren;
}

export class Boundary extends Component<BoundaryProps, { error: unknown }> {
  override state = { error: undefined as unknown };

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ error });
  }

  override render({ children, fallback }: BoundaryProps) {
    return this.state.error === undefined ? children : fallback(this.state.error);
  }
}
